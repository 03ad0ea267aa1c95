using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Requests;

/// <summary>A header as it was typed: <c>Name: value</c>.</summary>
internal sealed record RequestHeader(string Name, string Value)
{
    // It is not repeated in errors: a header is where secrets are typed.
    public static RequestHeader Parse(string text, string option = "-H", string example = "Accept: text/plain")
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var isName = colon > 0 && text.AsSpan(0, colon).IndexOfAnyExcept(NameCharacters) < 0;
        return isName && !text.AsSpan(colon + 1).ContainsAnyExcept(ValueCharacters)
            ? new(text[..colon], text[(colon + 1)..].Trim())
            : throw CliErrors.InvalidValue(option, $"a name, a colon and a value in ASCII on one line: '{example}'");
    }

    // RFC 9110 §5.5, without what is obsolete.
    private static readonly System.Buffers.SearchValues<char> ValueCharacters =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code), '\t']);

    // RFC 9110 §5.6.2: tchar.
    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
