using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sanctum.Mcp.Wrapping.Cleaning;

/// <summary>Reads the characters of a JSON string as they are spelled, one after another. Half of a pair of surrogates is a character of its own, as programs do write it.</summary>
internal static class JsonCharacter
{
    private const int EscapeLength = 6;

    /// <summary>The character that begins here, inside a well-formed string, and how many bytes spell it.</summary>
    public static (int Code, int Length) At(ReadOnlySpan<byte> text)
    {
        if (text[0] != (byte)'\\' || text.Length < 2)
        {
            return Rune.DecodeFromUtf8(text, out var rune, out var length) == OperationStatus.Done ? (rune.Value, length) : (text[0], 1);
        }

        if (text[1] != (byte)'u' || Unit(text) is not { } unit)
        {
            return (text[1] switch { (byte)'b' => '\b', (byte)'f' => '\f', (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', var other => other }, 2);
        }

        return char.IsHighSurrogate((char)unit) && text.Length > EscapeLength && Unit(text[EscapeLength..]) is { } low && char.IsLowSurrogate((char)low)
            ? (char.ConvertToUtf32((char)unit, (char)low), 2 * EscapeLength)
            : (unit, EscapeLength);
    }

    /// <summary>The text that a string spells, in UTF-8.</summary>
    /// <param name="spelled">What is between its quotes.</param>
    /// <param name="keeps">Which characters; null for all.</param>
    public static byte[] Text(ReadOnlySpan<byte> spelled, Func<int, bool>? keeps = null)
    {
        var text = new ArrayBufferWriter<byte>(spelled.Length + 1);
        for (var at = 0; at < spelled.Length;)
        {
            var (code, length) = At(spelled[at..]);
            at += length;
            if (keeps?.Invoke(code) is not false)
            {
                var rune = Rune.IsValid(code) ? new Rune(code) : Rune.ReplacementChar;
                text.Advance(rune.EncodeToUtf8(text.GetSpan(4)));
            }
        }

        return text.WrittenSpan.ToArray();
    }

    private static int? Unit(ReadOnlySpan<byte> text) =>
        text.Length >= EscapeLength && text[0] == (byte)'\\' && text[1] == (byte)'u' && int.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? unit : null;
}
