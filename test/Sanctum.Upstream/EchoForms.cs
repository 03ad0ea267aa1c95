using System.Net;
using System.Text;
using System.Text.Encodings.Web;

namespace Sanctum.Upstream;

/// <summary>The ways to write a text down in which servers give back what they were sent.</summary>
public static class EchoForms
{
    private static readonly Dictionary<string, Func<byte[], byte[]>> Forms = new(StringComparer.Ordinal)
    {
        ["text"] = text => text,
        ["upper"] = text => Latin1(Latin1(text).ToUpperInvariant()),

        // As the base library escapes, and as anybody might.
        ["json"] = text => Latin1($"\"{JavaScriptEncoder.Default.Encode(Latin1(text))}\""),
        ["json-every"] = text => Latin1($"\"{Each(text, @"\u{0:x4}")}\""),
        ["percent"] = text => Latin1(Uri.EscapeDataString(Latin1(text))),
        ["percent-every"] = text => Latin1(Each(text, "%{0:X2}")),
        ["html"] = text => Latin1(WebUtility.HtmlEncode(Latin1(text))),
        ["html-every"] = text => Latin1(Each(text, "&#{0};")),
        ["base64"] = text => Latin1(Convert.ToBase64String(text)),
        ["base64-lines"] = text => Latin1(Convert.ToBase64String(text, Base64FormattingOptions.InsertLineBreaks)),
        ["base64url"] = text => Latin1(System.Buffers.Text.Base64Url.EncodeToString(text)),
        ["hex"] = text => Latin1(Convert.ToHexStringLower(text)),
        ["hex-colons"] = text => Latin1(string.Join(':', text.Select(value => $"{value:X2}"))),
        ["hex-prefixed"] = text => Latin1(string.Join(", ", text.Select(value => $"0x{value:x2}"))),
        ["decimal"] = text => Latin1($"[{string.Join(", ", text)}]"),
        ["octal-every"] = text => Latin1(string.Concat(text.Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"))),
        ["css-every"] = text => Latin1(Each(text, @"\{0:x2} ")),
        ["quoted-printable"] = text => Latin1(string.Join("=\r\n", text.Select(value => value is > 32 and < 127 and not (byte)'=' ? $"{(char)value}" : $"={value:X2}").Chunk(25).Select(line => string.Concat(line)))),
        ["base32"] = text => Latin1(Base32(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        ["base32hex"] = text => Latin1(Base32(text, "0123456789ABCDEFGHIJKLMNOPQRSTUV")),
        ["json-in-json"] = text => Latin1($"\"{JavaScriptEncoder.Default.Encode(JavaScriptEncoder.Default.Encode(Latin1(text)))}\""),
        ["html-in-json"] = text => Latin1($"\"{JavaScriptEncoder.Default.Encode(WebUtility.HtmlEncode(Latin1(text)))}\""),
        ["utf-16le"] = text => Encoding.Unicode.GetBytes(Latin1(text)),
        ["utf-16be"] = text => Encoding.BigEndianUnicode.GetBytes(Latin1(text)),
    };

    /// <summary>Their names, as <c>?as=</c> takes them.</summary>
    public static IReadOnlyCollection<string> Names => Forms.Keys;

    /// <summary>Writes a text in a form.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="text">The text's bytes.</param>
    public static byte[] Write(string name, byte[] text) =>
        Forms.TryGetValue(name, out var form) ? form(text) : throw new ArgumentException($"there is no form '{name}': there are {string.Join(", ", Names)}", nameof(name));

    private static string Latin1(byte[] text) => Encoding.Latin1.GetString(text);

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static string Base32(byte[] text, string alphabet) =>
        string.Concat(string.Concat(text.Select(value => $"{value:b8}")).Chunk(5).Select(digit => alphabet[Convert.ToInt32(new string(digit).PadRight(5, '0'), 2)]));

    private static string Each(byte[] text, string format) =>
        string.Concat(text.Select(value => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, value)));
}
