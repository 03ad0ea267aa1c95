using System.Globalization;
using System.Text;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Text that an agent wrote, for an operator who decides by it: every character can be seen. Controls, line ends, marks that reorder what is read, invisible and unassigned characters
/// and unusual spaces are shown as <c>\u{XXXX}</c>.
/// </summary>
internal static class VisibleText
{
    public static string Of(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value == '\\' ? shown.Append("\\\\")
                : IsVisible(rune) ? shown.Append(rune)
                : shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X4}}}");
        }

        return shown.ToString();
    }

    private static bool IsVisible(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,

        // Variation selectors, fillers and the like: assigned, and drawn as nothing.
        UnicodeCategory.NonSpacingMark => rune.Value is not ((>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) or (>= 0x180B and <= 0x180F) or 0x034F or 0x17B4 or 0x17B5),
        _ => rune.Value is not (0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800),
    };
}
