using System.Globalization;

namespace Sanctum.Text;

/// <summary>Text that people wrote for people: one line, and whole characters.</summary>
internal static class LineOfText
{
    /// <summary>
    /// Whether it is. Control characters and line separators would make two lines of it on a terminal. Half a
    /// surrogate pair would come back from the store as another character.
    /// </summary>
    public static bool IsValid(string text, int maxLength)
    {
        if (text.Length > maxLength)
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            var isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            var category = char.GetUnicodeCategory(text, i);
            if (category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate)
            {
                return false;
            }

            i += isPair ? 1 : 0;
        }

        return true;
    }
}
