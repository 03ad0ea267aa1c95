using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sanctum.Mcp.Wrapping.Cleaning;

/// <summary>
/// Characters that a person does not see and a model reads, or that a terminal obeys: control characters, those that turn the direction of text, tags, joiners and selectors that
/// join and select nothing. Each is shown as <c>\u{202e}</c>.
/// </summary>
public static class HiddenText
{
    private const int Joiner = 0x200D, NonJoiner = 0x200C, EmojiSelector = 0xFE0F, TextSelector = 0xFE0E;

    private static readonly SearchValues<byte> Suspicious = SearchValues.Create([(byte)'\\', .. Enumerable.Range(0, 0x20).Select(it => (byte)it), .. Enumerable.Range(0x7F, 0x81).Select(it => (byte)it)]);

    /// <summary>A text with its hidden characters shown.</summary>
    public static string Show(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = new StringBuilder();
        var runes = text.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            var code = runes[i].Value;
            _ = IsHidden(code, i > 0 ? runes[i - 1].Value : 0, i + 1 < runes.Length ? runes[i + 1].Value : 0)
                ? shown.Append(CultureInfo.InvariantCulture, $"\\u{{{code:x}}}")
                : shown.Append(runes[i]);
        }

        return shown.ToString();
    }

    /// <summary>A JSON text whose strings have their hidden characters shown. All else is as it was, byte by byte.</summary>
    /// <param name="json">The text; it is well-formed.</param>
    /// <param name="output">Gets it, if there were any.</param>
    /// <returns>How many there were; where there were none, nothing is written.</returns>
    internal static int ShowInJson(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        var (count, written, previous, isInside) = (0, 0, 0, false);
        for (var at = 0; at < json.Length;)
        {
            if (!isInside)
            {
                var quote = json[at..].IndexOf((byte)'"');
                (at, isInside, previous) = (quote < 0 ? json.Length : at + quote + 1, true, 0);
                continue;
            }

            // Most text is plain: its end, or what is not, is looked for.
            var plain = json[at..].IndexOfAny(Suspicious);
            var end = json[at..].IndexOf((byte)'"');
            if (end >= 0 && (plain < 0 || end < plain))
            {
                (at, isInside) = (at + end + 1, false);
                continue;
            }

            if (plain < 0)
            {
                break;
            }

            previous = plain > 0 ? json[at + plain - 1] : previous;
            at += plain;
            var (code, length) = JsonCharacter.At(json[at..]);
            var next = at + length < json.Length && json[at + length] != (byte)'"' ? JsonCharacter.At(json[(at + length)..]).Code : 0;
            if (IsHidden(code, previous, next))
            {
                output.Write(json[written..at]);
                output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\\\u{{{code:x}}}")));
                written = at + length;
                count++;
            }

            (previous, at) = (code, at + length);
        }

        if (count > 0)
        {
            output.Write(json[written..]);
        }

        return count;
    }

    /// <summary>Whether a character is hidden, between two others; 0 stands for none.</summary>
    internal static bool IsHidden(int code, int previous, int next) => code switch
    {
        '\t' or '\n' or '\r' => false,
        < 0x20 or (>= 0x7F and <= 0x9F) => true,
        < 0x7F => false,

        // These belong to emoji and to several scripts, one at a time between two characters that are seen.
        Joiner or NonJoiner => !(IsSeenBeyondAscii(previous) || (code == Joiner && previous == EmojiSelector)) || !IsSeenBeyondAscii(next),
        EmojiSelector or TextSelector => !(IsSeenBeyondAscii(previous) || previous is (>= '0' and <= '9') or '#' or '*'),
        (>= 0xFE00 and < TextSelector) or (>= 0xE0100 and <= 0xE01EF) => !IsSeenBeyondAscii(previous),
        _ => IsInvisible(code),
    };

    private static bool IsSeenBeyondAscii(int code) => code >= 0xA0 && code is not (Joiner or NonJoiner or (>= 0xFE00 and <= EmojiSelector) or (>= 0xE0100 and <= 0xE01EF)) && !IsInvisible(code);

    private static bool IsInvisible(int code) => code switch
    {
        // Signs of Arabic and Kaithi numbers, which are seen although Unicode calls them formats.
        (>= 0x0600 and <= 0x0605) or 0x06DD or 0x0890 or 0x0891 or 0x08E2 or 0x110BD or 0x110CD => false,

        // What is not called a format, and is not seen either: fillers, separators of lines, and all that Unicode says to ignore.
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2028 or 0x2029 or 0x2065 or 0x3164 or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF) => true,
        _ => Rune.IsValid(code) && Rune.GetUnicodeCategory(new Rune(code)) is UnicodeCategory.Format or UnicodeCategory.Control,
    };
}
