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

    private static string Each(byte[] text, string format) =>
        string.Concat(text.Select(value => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, value)));
}
