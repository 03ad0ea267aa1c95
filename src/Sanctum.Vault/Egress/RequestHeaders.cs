using System.Buffers;
using Sanctum.Egress.Injections;

namespace Sanctum.Egress;

/// <summary>The headers that a caller may send. What a server, a proxy or the vault itself decides by is not among them.</summary>
internal static class RequestHeaders
{
    private const int MaxCount = 64;
    private const int MaxBytes = 32 * 1024;
    private const int MaxName = 256;

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter), '\t']);

    public static bool IsForbidden(string name) => RoutingHeaders.Contains(HeaderWords.AsVariable(name));

    /// <summary>Whether an operator may allow a header or query parameter of this name beside a credential.</summary>
    public static bool MayBeAllowed(string name) =>
        name.Length is > 0 and <= MaxName && !name.AsSpan().ContainsAnyExcept(TokenCharacters) && !IsForbidden(name);

    /// <summary>Visible ASCII, spaces and tabs, not at the ends (RFC 9110, section 5.5).</summary>
    public static bool IsValue(string value) =>
        value.Length == value.AsSpan().Trim(" \t").Length && !value.AsSpan().ContainsAnyExcept(ValueCharacters);

    /// <exception cref="VaultException">A header is malformed or not the caller's to set; invalid params.</exception>
    public static void Require(IReadOnlyList<KeyValuePair<string, string>> headers, Injection injection)
    {
        if (headers.Count > MaxCount || headers.Sum(header => header.Key.Length + header.Value.Length) > MaxBytes)
        {
            throw Errors.InvalidParams("headers", $"a request has at most {MaxCount} headers, {MaxBytes} bytes in all");
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (name.Length is 0 or > MaxName || name.AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                throw Errors.InvalidParams("headers", "a header name consists of letters, digits and !#$%&'*+-.^_`|~");
            }

            if (!IsValue(value))
            {
                throw Errors.InvalidParams("headers", $"the value of {Shown(name)} must be visible ASCII characters and spaces, with no space at either end and no line breaks");
            }

            if (IsForbidden(name) || injection.HeaderNames.Any(taken => HeaderWords.AsVariable(taken).Equals(HeaderWords.AsVariable(name), StringComparison.Ordinal)))
            {
                throw Errors.HeaderNotYours(Shown(name));
            }

            if (!seen.Add(name))
            {
                throw Errors.InvalidParams("headers", $"the header {Shown(name)} is repeated");
            }
        }
    }

    /// <exception cref="VaultException">A path was decided on, and a header names another; invalid params.</exception>
    public static void RequireOnePath(IReadOnlyList<KeyValuePair<string, string>> headers, bool isDecided)
    {
        if (isDecided && headers.FirstOrDefault(header => RoutingHeaders.NamesOtherPath(header.Key)).Key is { } other)
        {
            throw Errors.OtherPath(other);
        }
    }

    private static string Shown(string name) => IsForbidden(name) || Errors.CanEchoHeader(name) ? name : "that you sent";
}
