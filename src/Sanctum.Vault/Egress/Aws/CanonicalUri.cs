using System.Text;

namespace Sanctum.Egress.Aws;

/// <summary>The one spelling that client and service give to a path and a query before they are signed.</summary>
internal static class CanonicalUri
{
    // RFC 3986, section 2.3: what is never escaped. Everything else always is, with capital digits.
    private const string Unreserved = "-._~";

    /// <summary>The path. S3's escapes are resolved and made again, in their one spelling; for all others what is sent is escaped once
    /// more ("double encoding"), after repeated slashes and dot segments have been resolved.</summary>
    public static string OfPath(string path, bool isS3)
    {
        var canonical = new StringBuilder();
        if (isS3)
        {
            AppendEscaped(canonical, Unescape(path, plusIsSpace: false), keepSlashes: true);
        }
        else
        {
            AppendEscaped(canonical, Encoding.UTF8.GetBytes(Normalise(path)), keepSlashes: true);
        }

        return canonical.Length == 0 ? "/" : canonical.ToString();
    }

    /// <summary>The query: names and values escaped in one spelling, sorted by name and then by value, each with its '='. A plus
    /// is a space, as in a form: so AWS's own SDKs read a URL that was given to them.</summary>
    /// <param name="query">with its question mark; empty when there is none</param>
    public static string OfQuery(string query)
    {
        var members = (query is ['?', .. var rest] ? rest : query).Split('&', StringSplitOptions.RemoveEmptyEntries).Select(member =>
        {
            var equals = member.IndexOf('=', StringComparison.Ordinal);
            return equals < 0
                ? (Name: Respelled(member), Value: "")
                : (Name: Respelled(member[..equals]), Value: Respelled(member[(equals + 1)..]));
        });
        return string.Join('&', members
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .ThenBy(member => member.Value, StringComparer.Ordinal)
            .Select(member => $"{member.Name}={member.Value}"));
    }

    private static string Respelled(string text)
    {
        var respelled = new StringBuilder();
        AppendEscaped(respelled, Unescape(text, plusIsSpace: true), keepSlashes: false);
        return respelled.ToString();
    }

    private static string Normalise(string path)
    {
        var kept = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment is not ("" or "." or ".."))
            {
                kept.Add(segment);
            }
            else if (segment == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }
        }

        return $"/{string.Join('/', kept)}{(kept.Count > 0 && path.EndsWith('/') ? "/" : "")}";
    }

    // Of bytes, not of text: %FF is a byte that any service may be sent, and no character.
    private static byte[] Unescape(string text, bool plusIsSpace)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var size = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                Convert.FromHexString(bytes.AsSpan(i + 1, 2), bytes.AsSpan(size++, 1), out _, out _);
                i += 2;
            }
            else
            {
                bytes[size++] = plusIsSpace && bytes[i] == '+' ? (byte)' ' : bytes[i];
            }
        }

        return bytes[..size];
    }

    private static void AppendEscaped(StringBuilder text, ReadOnlySpan<byte> bytes, bool keepSlashes)
    {
        foreach (var value in bytes)
        {
            var letter = (char)value;
            if (char.IsAsciiLetterOrDigit(letter) || Unreserved.Contains(letter, StringComparison.Ordinal) || (keepSlashes && letter == '/'))
            {
                text.Append(letter);
            }
            else
            {
                text.Append('%').Append(Convert.ToHexString([value]));
            }
        }
    }
}
