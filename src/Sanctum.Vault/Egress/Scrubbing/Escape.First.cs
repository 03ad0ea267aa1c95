using System.Numerics;

namespace Sanctum.Egress.Scrubbing;

/// <content>What a text begins with: which lengths are worth a look is told by its first bytes.</content>
internal readonly partial record struct Escape
{
    /// <summary>The escapes that this text begins with, as many as it can be read as.</summary>
    /// <param name="text">The text, which begins with one of <see cref="FirstBytes"/>.</param>
    /// <param name="escapes">Takes them; room for <see cref="MaxFirstReadings"/>.</param>
    /// <returns>How many there are.</returns>
    public static int ReadFirst(ReadOnlySpan<byte> text, Span<Escape> escapes)
    {
        var count = 0;
        if (text.Length > 1 && text[0] == '\\' && IsOnlyShort(text[1]))
        {
            // The most frequent by far, and nothing else.
            Add(escapes, ref count, 2, ReadShort(text[1]), EscapeKind.Backslash);
            return count;
        }

        Span<Escape> readings = stackalloc Escape[MaxReadings];
        for (var lengths = LengthsOfFirst(text); lengths != 0; lengths &= lengths - 1)
        {
            var length = BitOperations.TrailingZeroCount(lengths);
            foreach (var reading in readings[..ReadLast(text[..length], readings)])
            {
                if (reading.Length == length)
                {
                    escapes[count++] = reading;
                }
            }
        }

        return count;
    }

    /// <summary>The escape of this kind that this text begins with, as one who undoes this kind reads it: the longest.</summary>
    public static bool TryReadFirst(ReadOnlySpan<byte> text, EscapeKind kind, out Escape escape)
    {
        Span<Escape> readings = stackalloc Escape[MaxFirstReadings];
        for (var i = ReadFirst(text, readings) - 1; i >= 0; i--)
        {
            if (readings[i].Kind == kind)
            {
                escape = readings[i];
                return true;
            }
        }

        escape = default;
        return false;
    }

    /// <summary>Whether an escape may begin here, or an escape of one: by its first two bytes, if there are as many.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> text) => text.Length < 2 || FirstBytes.Contains(text[1]) || text[0] switch
    {
        (byte)'=' => IsHexDigit(text[1]) || text[1] is (byte)'\r' or (byte)'\n',
        (byte)'%' => IsHexDigit(text[1]) || (text[1] | 0x20) == 'u',
        (byte)'&' => text[1] == '#' || char.IsAsciiLetter((char)text[1]),
        _ => true,
    };

    /// <summary>Whether a byte may be within an escape: letters, digits, and what they follow.</summary>
    public static bool MayGoOn(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'#' or (byte)'{' or (byte)'\r';

    // A bit for each length that an escape may have that this text begins with.
    private static uint LengthsOfFirst(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        var near = text[..Math.Min(text.Length, MaxLength)];
        var lengths = text[0] switch
        {
            (byte)'%' => (1u << 3) | (1u << 5) | (1u << 6) | (1u << 12),
            (byte)'=' => (1u << 2) | (1u << 3),
            (byte)'&' => LengthTo(near, (byte)';'),
            _ => (text[1] | 0x20) switch
            {
                'u' => (1u << 6) | (1u << 10) | (1u << 12) | LengthTo(near, (byte)'}'),
                'x' => (1u << 4) | LengthTo(near, (byte)'}'),
                _ when IsHexDigit(text[1]) => LengthsOfCss(near),
                _ => (1u << 2) | (1u << 3),
            },
        };
        return lengths & ((2u << near.Length) - 1);
    }

    private static uint LengthTo(ReadOnlySpan<byte> text, byte last) => text.IndexOf(last) is > 0 and var at ? 2u << at : 0;

    // Of up to six digits any number, and white space after as many as there are: one byte, or a carriage return and a line feed.
    private static uint LengthsOfCss(ReadOnlySpan<byte> text)
    {
        var digits = 1;
        while (digits < 6 && digits + 1 < text.Length && IsHexDigit(text[digits + 1]))
        {
            digits++;
        }

        return ((16u << digits) - 1) & ~3u;
    }

    // Neither a digit nor the letter of a longer one.
    private static bool IsOnlyShort(byte letter) => ReadShort(letter) >= 0 && !IsHexDigit(letter);
}
