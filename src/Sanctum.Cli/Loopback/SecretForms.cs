using System.Globalization;
using System.Net;
using System.Text;

namespace Sanctum.Cli.Loopback;

/// <summary>Ways to write a secret so that a search for its letters would miss it, and the reading of all of them again.</summary>
internal static class SecretForms
{
    private static readonly (string Name, Func<string, string> Write)[] Forms =
    [
        ("plain", secret => $"you sent {secret}."),
        ("upper-case", secret => secret.ToUpperInvariant()),
        ("base64", secret => Base64(secret)),
        ("base64-shifted-by-1", secret => Base64("x" + secret + "yz")),
        ("base64-shifted-by-2", secret => Base64("xy" + secret + "z")),
        ("base64url", secret => Base64(secret).Replace('+', '-').Replace('/', '_').TrimEnd('=')),
        ("hex", secret => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret))),
        ("percent", secret => string.Concat(Encoding.UTF8.GetBytes(secret).Select(b => $"%{b:X2}"))),
        ("json", secret => $"{{\"key\":\"{string.Concat(secret.Select(c => $"\\u{(int)c:x4}"))}\"}}"),
        ("html", secret => string.Concat(secret.Select(c => $"&#{(int)c};"))),
    ];

    public static IEnumerable<string> Names => Forms.Select(form => form.Name);

    public static string Write(string form, string secret) => Forms.FirstOrDefault(it => it.Name == form).Write?.Invoke(secret) ?? "";

    /// <summary>Whether a text tells the secret to somebody who knows these forms.</summary>
    public static bool Tells(string text, string secret)
    {
        var readings = new[] { text, Uri.UnescapeDataString(text), WebUtility.HtmlDecode(text), Unescape(text), Latin(FromHex(text)) }
            .Concat(Enumerable.Range(0, 4).Select(skip => Latin(FromBase64(text, skip))));
        return readings.Any(reading => reading.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Unescape(string text)
    {
        var unescaped = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 6 <= text.Length && text[i] == '\\' && text[i + 1] == 'u'
                && ushort.TryParse(text.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                unescaped.Append((char)code);
                i += 5;
            }
            else
            {
                unescaped.Append(text[i]);
            }
        }

        return unescaped.ToString();
    }

    private static byte[] FromHex(string text)
    {
        var digits = string.Concat(text.Where(char.IsAsciiHexDigit));
        return Convert.FromHexString(digits[..(digits.Length & ~1)]);
    }

    private static byte[] FromBase64(string text, int skip)
    {
        var letters = string.Concat(text.Replace('-', '+').Replace('_', '/').Where(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/').Skip(skip));
        return Convert.FromBase64String(letters[..(letters.Length & ~3)]);
    }

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
