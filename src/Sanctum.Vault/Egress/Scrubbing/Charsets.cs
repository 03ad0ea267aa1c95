using System.Buffers;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>The forms that a non-ASCII secret takes where a service reads or writes it in the web's charset before UTF-8.</summary>
internal static class Charsets
{
    /// <summary>What bytes 0x80 to 0x9F are in Windows-1252, which the web also has for Latin-1. Five are not characters, and stay what they are.</summary>
    private const string Windows1252 =
        "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    /// <summary>Writes the characters of UTF-8 as one byte each.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="isWindows">Whether in Windows-1252 instead of Latin-1.</param>
    /// <param name="bytes">Takes them: as many as the text has at most.</param>
    /// <returns>How many they are; zero if the text is not UTF-8, or has a character that the charset does not have.</returns>
    public static int Encode(ReadOnlySpan<byte> utf8, bool isWindows, Span<byte> bytes)
    {
        var count = 0;
        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var size) != OperationStatus.Done || ByteOf(rune.Value, isWindows) is not (>= 0 and var value))
            {
                return 0;
            }

            bytes[count++] = (byte)value;
            utf8 = utf8[size..];
        }

        return count;
    }

    /// <summary>Takes bytes for characters of one byte each, and writes those as UTF-8.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isWindows">Whether they are taken for Windows-1252 instead of Latin-1.</param>
    public static SecretBytes Misread(ReadOnlySpan<byte> bytes, bool isWindows)
    {
        using var utf8 = new SecretBytes(3 * bytes.Length);
        var length = 0;
        foreach (var value in bytes)
        {
            var character = isWindows && value is >= 0x80 and <= 0x9F ? Windows1252[value - 0x80] : (char)value;
            length += new Rune(character).EncodeToUtf8(utf8.Writable[length..]);
        }

        return new SecretBytes(utf8.Span[..length]);
    }

    private static int ByteOf(int character, bool isWindows) => character switch
    {
        < 0x80 or (>= 0xA0 and <= 0xFF) => character,
        _ when isWindows && Windows1252.IndexOf((char)Math.Min(character, char.MaxValue)) is >= 0 and var index => 0x80 + index,
        _ => isWindows || character > 0xFF ? -1 : character,
    };
}
