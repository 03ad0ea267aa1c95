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
        ("base32", secret => Base32(secret, Rfc4648)),
        ("base32hex", secret => Base32(secret, Rfc4648Hex)),
        ("base64-in-lines", secret => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('.', 60) + secret), Base64FormattingOptions.InsertLineBreaks)),
        ("hex-with-spaces", secret => string.Join(' ', Encoding.UTF8.GetBytes(secret).Select(b => $"{b:x2}"))),
        ("hex-separated", secret => string.Join(':', Encoding.UTF8.GetBytes(secret).Select(b => $"{b:x2}"))),
        ("decimal-list", secret => string.Join(", ", Encoding.UTF8.GetBytes(secret))),
        ("octal", secret => string.Concat(Encoding.UTF8.GetBytes(secret).Select(b => $"\\{Convert.ToString(b, 8).PadLeft(3, '0')}"))),
        ("css", secret => string.Concat(secret.Select(c => $"\\{(int)c:x} "))),
        ("quoted-printable", secret => string.Join("=\r\n", Encoding.UTF8.GetBytes(secret).Select(b => $"={b:X2}"))),
        ("json-in-json", secret => string.Concat(secret.Select(c => $"\\\\u{(int)c:x4}"))),
        ("html-in-json", secret => string.Concat(secret.Select(c => $"\\u0026#{(int)c};"))),
        ("first-five-sixths", secret => $"a key that begins with {secret[..(secret.Length * 5 / 6)]}"),
    ];

    private const string Rfc4648 = "abcdefghijklmnopqrstuvwxyz234567";
    private const string Rfc4648Hex = "0123456789abcdefghijklmnopqrstuv";

    public static IEnumerable<string> Names => Forms.Select(form => form.Name);

    public static string Write(string form, string secret) => Forms.FirstOrDefault(it => it.Name == form).Write?.Invoke(secret) ?? "";

    /// <summary>Whether a text tells the secret to somebody who knows these forms.</summary>
    public static bool Tells(string text, string secret)
    {
        var unescaped = Unescape(text);
        var readings = new[]
            {
                text, Uri.UnescapeDataString(text), WebUtility.HtmlDecode(text), unescaped, Unescape(unescaped.Replace(@"\\", @"\", StringComparison.Ordinal)), WebUtility.HtmlDecode(unescaped),
                Latin(FromHex(text)), Numbers(text, ", ", 10), Numbers(text, "\\", 8), Numbers(text, "\\", 16),
                Uri.UnescapeDataString(text.Replace("=\r\n", "", StringComparison.Ordinal).Replace('=', '%')), FromBase32(text, Rfc4648), FromBase32(text, Rfc4648Hex),
            }
            .Concat(Enumerable.Range(0, 4).Select(skip => Latin(FromBase64(text, skip))));

        // Five sixths of it are as good as all.
        return readings.Any(reading => reading.Contains(secret[..(secret.Length * 5 / 6)], StringComparison.OrdinalIgnoreCase));
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

    private static string Base32(string text, string alphabet) => string.Concat(
        string.Concat(Encoding.UTF8.GetBytes(text).Select(b => $"{b:b8}")).Chunk(5).Select(digit => alphabet[Convert.ToInt32(new string(digit).PadRight(5, '0'), 2)]));

    private static string FromBase32(string text, string alphabet)
    {
        var bits = string.Concat(text.ToLowerInvariant().Select(c => alphabet.IndexOf(c, StringComparison.Ordinal)).Where(digit => digit >= 0).Select(digit => $"{digit:b5}"));
        return string.Concat(bits.Chunk(8).Where(octet => octet.Length == 8).Select(octet => (char)Convert.ToByte(new string(octet), 2)));
    }

    // Each number as the character that it is.
    private static string Numbers(string text, string separator, int radix) => string.Concat(text.Split(separator).Select(number => ToCharacter(number.Trim(), radix)));

    private static string ToCharacter(string number, int radix)
    {
        var code = 0;
        foreach (var digit in number)
        {
            var value = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            if (value >= radix || number.Length > 3)
            {
                return "";
            }

            code = (code * radix) + value;
        }

        return number.Length == 0 ? "" : ((char)code).ToString();
    }

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
