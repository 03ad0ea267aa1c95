using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sanctum.Destinations;

/// <summary>
/// A URL that is sent as it was checked, byte for byte. Only the characters of RFC 3986 are taken, and some that are escaped first, and nothing in it that
/// one program reads differently from another: no user name, no fragment, no dot segments in any disguise.
/// </summary>
/// <param name="Origin">Where to.</param>
/// <param name="Path">From the first slash on, still escaped; may hold <see cref="Placeholder"/>.</param>
/// <param name="Query">With its question mark; empty when there is none.</param>
internal sealed record RequestUrl(Origin Origin, string Path, string Query)
{
    /// <summary>Stands in a path where the secret is to go.</summary>
    public const string Placeholder = "{secret}";

    /// <summary>The longest URL, in characters.</summary>
    public const int MaxLength = 8 * 1024;

    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    private const string EscapedBrace = "%7B";
    private static readonly string[] EscapedPlaceholders = ["%7Bsecret%7D", "%7bsecret%7d", "%7Bsecret%7d", "%7bsecret%7D"];
    private static readonly SearchValues<char> Escapable = SearchValues.Create("\"<>^`{|}");

    // Segments of a path: RFC 3986, section 3.3; in a query also what section 3.4 adds; in both the brackets that many APIs' own clients send as they are.
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(Unreserved + "!$&'()*+,;=:@/%[]");
    private static readonly SearchValues<char> QueryCharacters = SearchValues.Create(Unreserved + "!$&'()*+,;=:@/%?[]");

    public bool HasPlaceholder => Path.Contains(Placeholder, StringComparison.Ordinal);

    public static RequestUrl Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw Invalid($"is longer than {MaxLength} characters");
        }

        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? -1 : text.AsSpan(scheme + 3).IndexOfAny("/?#\\");
        var end = start < 0 ? text.Length : scheme + 3 + start;
        if (scheme < 0 || !Origin.TryParse(text[..end], out var origin))
        {
            throw Invalid("must begin with https:// (or http://, if the operator allowed it) and a plain host name, with a port if needed");
        }

        var rest = Escaped(text[end..]);
        if (end + rest.Length > MaxLength)
        {
            throw Invalid($"is longer than {MaxLength} characters");
        }

        if (rest.Contains('#', StringComparison.Ordinal))
        {
            throw Invalid("has a fragment, which is never sent: leave out the '#' and everything after it");
        }

        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = question < 0 ? (rest, "") : (rest[..question], rest[question..]);
        path = path.Length == 0 ? "/" : WithPlaceholder(path);
        if (!WithPlaceholder(query).Equals(query, StringComparison.Ordinal))
        {
            throw Invalid($"has {Placeholder} in its query: put it in the path");
        }

        foreach (var part in path.Split(Placeholder))
        {
            RequireCharacters(part, PathCharacters);
        }

        RequireCharacters(query, QueryCharacters);
        RequireNoEscapeIntoPlaceholder(path);
        if (HasDotSegment(path))
        {
            throw Invalid("has a '.' or '..' segment, plain or escaped: write the path without it");
        }

        return new RequestUrl(origin, path, query);
    }

    /// <summary>Whether servers differ in how they read the path: see <see cref="PathReading"/>. Such a path is permitted where no path is decided on.</summary>
    public bool HasUnclearPath => PathReading.IsUnclear(Path);

    /// <summary>
    /// The names and values in the query, unescaped, with spaces for '+'. Of the names there is left what the most generous server takes for one: nothing of
    /// what follows a bracket or a null character, and no spaces around it.
    /// </summary>
    public IEnumerable<KeyValuePair<string, string>> QueryMembers()
    {
        foreach (var member in Query.Split('?', '&', ';'))
        {
            var equals = member.IndexOf('=', StringComparison.Ordinal);
            var name = Unescaped(equals < 0 ? member : member[..equals]);
            var end = name.AsSpan().IndexOfAny('[', '\0');
            name = (end > 0 ? name[..end] : name).Trim();
            if (name.Length > 0)
            {
                yield return KeyValuePair.Create(name, equals < 0 ? "" : Unescaped(member[(equals + 1)..]).Trim());
            }
        }
    }

    /// <summary>For what is sent: nothing of it is rewritten on the way.</summary>
    public Uri ToUri() => new($"{Origin}{Path}{Query}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>Says where to, without the query: what stands there may be nobody's business.</summary>
    public override string ToString() => $"{Origin}{Path}";

    private static void RequireCharacters(ReadOnlySpan<char> text, SearchValues<char> allowed)
    {
        if (text.ContainsAnyExcept(allowed) || HasBrokenEscape(text))
        {
            throw Invalid("has characters that are not valid in a URL: percent-encode them");
        }
    }

    // What RFC 3986 has no place for, and people and programs write all the same, is escaped as browsers do (URL Standard, "percent-encode sets"): what is left as it is
    // by one client is refused by the servers of another.
    private static string Escaped(string text)
    {
        var at = text.AsSpan().IndexOfAny(Escapable);
        if (at < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text, 0, at, text.Length + 16);
        foreach (var letter in text.AsSpan(at))
        {
            _ = Escapable.Contains(letter) ? escaped.Append(CultureInfo.InvariantCulture, $"%{(int)letter:X2}") : escaped.Append(letter);
        }

        return escaped.ToString();
    }

    // Uri of .NET and URL of Node.js escape its braces.
    private static string WithPlaceholder(string part) => part.Contains(EscapedBrace, StringComparison.OrdinalIgnoreCase)
        ? EscapedPlaceholders.Aggregate(part, (text, spelling) => text.Replace(spelling, Placeholder, StringComparison.Ordinal))
        : part;

    private static bool HasBrokenEscape(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOf('%'); at >= 0; at = text.IndexOf('%'))
        {
            text = text[(at + 1)..];
            if (text.Length < 2 || !char.IsAsciiHexDigit(text[0]) || !char.IsAsciiHexDigit(text[1]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Looks for an escape that the secret would complete: of <c>%25{secret}</c> a server that unescapes twice makes one character of the secret's first two.</summary>
    /// <exception cref="VaultException">There is one; invalid params.</exception>
    public static void RequireNoEscapeIntoPlaceholder(string path)
    {
        foreach (var before in path.Split(Placeholder)[..^1])
        {
            var once = Uri.UnescapeDataString(before);
            if (EndsWithinEscape(once) || EndsWithinEscape(Uri.UnescapeDataString(once)))
            {
                throw Invalid($"has an escape that {Placeholder} would complete: leave out the '%25' before it");
            }
        }
    }

    private static bool EndsWithinEscape(string text) =>
        text is [.., '%'] || (text is [.., '%', var digit] && char.IsAsciiHexDigit(digit));

    // As the most generous server would read it: unescaped twice, '\' as '/', and without what follows a ';' in a segment, nor the '?' or '#' that ends the
    // path for who unescapes first, nor the control characters and spaces that some cut off or skip.
    private static bool HasDotSegment(string path)
    {
        var unescaped = Uri.UnescapeDataString(Uri.UnescapeDataString(path));
        return HasDots(unescaped) || HasDots(PathReading.Narrowed(unescaped));
    }

    private static bool HasDots(string unescaped)
    {
        foreach (var range in unescaped.AsSpan().SplitAny('/', '\\'))
        {
            var segment = unescaped.AsSpan(range);
            var end = segment.IndexOfAny(";?#");
            if (IsDots(end < 0 ? segment : segment[..end]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsDots(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        foreach (var letter in segment)
        {
            if (letter != '.' && letter > ' ' && !char.IsControl(letter))
            {
                return false;
            }

            dots += letter == '.' ? 1 : 0;
        }

        return dots is 1 or 2;
    }

    private static string Unescaped(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static VaultException Invalid(string what) => Errors.InvalidParams("url", $"'url' {what}");
}
