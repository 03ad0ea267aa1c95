using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sanctum.Destinations;

/// <summary>
/// How servers may read a path that was percent-encoded. What one server takes for a letter, another takes for a dot or a slash: after a normalisation
/// (Unicode's NFKC and NFKD, the "best fit" of Windows code pages), by unescaping twice, or by reading bytes that are no UTF-8.
/// </summary>
internal static class PathReading
{
    // Every character of Unicode 16 whose NFC, NFD, NFKC or NFKD has one of  . / \ % ; ? #  in it.
    private static readonly (int First, int Last)[] Normalised =
    [
        (0x037E, 0x037E), (0x2024, 0x2026), (0x2047, 0x2049), (0x2100, 0x2101), (0x2105, 0x2106), (0x2488, 0x249B), (0x33C2, 0x33C2), (0x33C7, 0x33C7), (0x33D8, 0x33D8),
        (0xFE14, 0xFE14), (0xFE16, 0xFE16), (0xFE19, 0xFE19), (0xFE30, 0xFE30), (0xFE52, 0xFE52), (0xFE54, 0xFE54), (0xFE56, 0xFE56), (0xFE5F, 0xFE5F), (0xFE68, 0xFE68),
        (0xFE6A, 0xFE6A), (0xFF03, 0xFF03), (0xFF05, 0xFF05), (0xFF0E, 0xFF0F), (0xFF1B, 0xFF1B), (0xFF1F, 0xFF1F), (0xFF3C, 0xFF3C), (0x1F100, 0x1F100),
    ];

    // What code pages, name preparation and look-alike tables write them as: bestfit*.txt of Unicode's mappings for Windows, the yen and won signs of code pages
    // 932 and 949, full stops of other scripts, slashes of mathematics.
    private static readonly (int First, int Last)[] Alike =
    [
        (0x00A5, 0x00A5), (0x00B7, 0x00B7), (0x00BF, 0x00BF), (0x0338, 0x0338), (0x0589, 0x0589), (0x061F, 0x061F), (0x066A, 0x066A), (0x06D4, 0x06D4), (0x0701, 0x0702), (0x1735, 0x1735),
        (0x2027, 0x2027), (0x203D, 0x203D), (0x2041, 0x2041), (0x2044, 0x2044), (0x2052, 0x2052), (0x20A9, 0x20A9), (0x2215, 0x2216), (0x2219, 0x2219), (0x22C5, 0x22C5), (0x22EF, 0x22EF), (0x2571, 0x2572),
        (0x266F, 0x266F), (0x27CB, 0x27CB), (0x27CD, 0x27CD), (0x29F5, 0x29F5), (0x29F8, 0x29F9), (0x2AFB, 0x2AFB), (0x2AFD, 0x2AFD), (0x2CF9, 0x2CF9), (0x2CFE, 0x2CFE), (0x2E2E, 0x2E2E), (0x3002, 0x3003), (0x3033, 0x3033), (0x30FB, 0x30FB),
        (0x4E36, 0x4E36), (0x4E3F, 0x4E3F), (0xA4F8, 0xA4F8), (0xA60E, 0xA60E), (0xFF61, 0xFF61), (0xFF65, 0xFF65), (0xFFE5, 0xFFE6), (0xFFFD, 0xFFFD),
    ];

    // All with the property Default_Ignorable_Code_Point (DerivedCoreProperties.txt of Unicode 16): shown as nothing, and dropped by name preparation
    // and by what maps text before it compares it (UAX #31, NFKC_Casefold). Several of them are letters or marks by category, and some are not assigned.
    private static readonly (int First, int Last)[] Ignorable =
    [
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
        (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ];

    /// <summary>
    /// Whether it has an escape of invalid UTF-8, an escape within an escape, a control or invisible character, or a look-alike of one of
    /// <c>. / \ % ; ? #</c>.
    /// </summary>
    public static bool IsUnclear(string path)
    {
        if (!path.Contains('%', StringComparison.Ordinal))
        {
            return false;
        }

        var bytes = Unescape(Encoding.ASCII.GetBytes(path));
        var rest = bytes.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var size) != OperationStatus.Done || Rune.IsControl(rune) || IsTakenForAnother(rune))
            {
                return true;
            }

            rest = rest[size..];
        }

        return HasEscape(bytes);
    }

    /// <summary>The path up to where a server that unescapes first would begin the query or fragment; null where none would.</summary>
    public static string? UpToEscapedEnd(string path)
    {
        var end = -1;
        for (var at = path.IndexOf('%', StringComparison.Ordinal); at >= 0 && end < 0; at = path.IndexOf('%', at + 1))
        {
            end = string.CompareOrdinal(path, at, "%23", 0, 3) == 0 || path.AsSpan(at).StartsWith("%3f", StringComparison.OrdinalIgnoreCase) ? at : -1;
        }

        return end < 0 ? null : path[..end];
    }

    /// <summary>The path as servers see it that take what follows a <c>;</c> in a segment for parameters (RFC 3986, section 3.3); null where there are none.</summary>
    public static string? WithoutParameters(string path)
    {
        var plain = path.Replace("%3b", ";", StringComparison.OrdinalIgnoreCase);
        return plain.Contains(';', StringComparison.Ordinal)
            ? string.Join('/', plain.Split('/').Select(segment => segment.Split(';')[0]))
            : null;
    }

    /// <summary>Each character cut to its low byte, as programs do that take characters for bytes: U+012E becomes a dot, U+012F a slash.</summary>
    public static string Narrowed(string text) => string.Create(text.Length, text, static (span, text) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = (char)(byte)text[i];
        }
    });

    private static byte[] Unescape(byte[] text)
    {
        var written = 0;
        for (var at = 0; at < text.Length; written++)
        {
            var isEscape = IsEscape(text.AsSpan(at));
            text[written] = isEscape ? byte.Parse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : text[at];
            at += isEscape ? 3 : 1;
        }

        return text[..written];
    }

    // %2e that was %252e, and IIS's %u002e.
    private static bool HasEscape(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf((byte)'%'); at >= 0; at = text.IndexOf((byte)'%'))
        {
            if (IsEscape(text[at..]) || (text.Length > at + 1 && text[at + 1] is (byte)'u' or (byte)'U'))
            {
                return true;
            }

            text = text[(at + 1)..];
        }

        return false;
    }

    private static bool IsEscape(ReadOnlySpan<byte> text) =>
        text.Length > 2 && text[0] == '%' && char.IsAsciiHexDigit((char)text[1]) && char.IsAsciiHexDigit((char)text[2]);

    // Tags and the other invisible ones are dropped by some, and what is left moves together.
    private static bool IsTakenForAnother(Rune rune) =>
        rune.Value > 0x7F && (IsIn(Normalised, rune.Value) || IsIn(Alike, rune.Value) || IsIn(Ignorable, rune.Value) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static bool IsIn((int First, int Last)[] ranges, int value) => Array.Exists(ranges, range => value >= range.First && value <= range.Last);
}
