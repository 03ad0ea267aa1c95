using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sanctum.Egress.Scrubbing;

/// <content>What a text begins with: which lengths are worth a look is told by its first bytes.</content>
internal readonly partial record struct Escape
{
    /// <summary>The escapes that this text begins with, as many as it can be read as.</summary>
    /// <param name="text">The text, which begins with one of <see cref="FirstBytes"/>.</param>
    /// <param name="escapes">Takes them; room for <see cref="MaxFirstReadings"/>.</param>
    /// <returns>How many there are.</returns>
    [SkipLocalsInit]
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
            foreach (var reading in readings[..ReadWhole(text[..BitOperations.TrailingZeroCount(lengths)], readings)])
            {
                escapes[count++] = reading;
            }
        }

        return count;
    }

    /// <summary>The escape of this kind that this text begins with, as one who undoes this kind reads it: the longest.</summary>
    [SkipLocalsInit]
    public static bool TryReadFirst(ReadOnlySpan<byte> text, EscapeKind kind, out Escape escape)
    {
        if (text.Length > 1 && text[0] == '\\' && IsOnlyShort(text[1]))
        {
            escape = new(2, ReadShort(text[1]), EscapeKind.Backslash);
            return kind == EscapeKind.Backslash;
        }

        Span<Escape> readings = stackalloc Escape[MaxReadings];
        for (var lengths = LengthsOfFirst(text); lengths != 0;)
        {
            var length = BitOperations.Log2(lengths);
            lengths ^= 1u << length;
            for (var i = ReadWhole(text[..length], readings) - 1; i >= 0; i--)
            {
                if (readings[i].Kind == kind)
                {
                    escape = readings[i];
                    return true;
                }
            }
        }

        escape = default;
        return false;
    }

    /// <summary>Whether an escape may begin here, or an escape of one: by its first three bytes, if there are as many.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> text) => text.Length < 2 || text[0] == '\\' || text[0] switch
    {
        _ when FirstBytes.Contains(text[1]) => MayBeEscaped(text[1..]),
        (byte)'=' => IsHexDigit(text[1]) || text[1] is (byte)'\r' or (byte)'\n',
        (byte)'%' => IsHexDigit(text[1]) || (text[1] | 0x20) == 'u',
        _ => text[1] == '#' || char.IsAsciiLetter((char)text[1]),
    };

    /// <summary>Whether an escape longer than this may begin with it; false only if there is none.</summary>
    public static bool MayGrow(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return true;
        }

        var last = text[^1];
        return text[0] switch
        {
            (byte)'%' => text.Length == 2 ? IsHexDigit(last) || (last | 0x20) == 'u'
                : (text[1] | 0x20) == 'u' ? MayGrowByDigits(text) : text.Length < 5 && text.StartsWith("%25"u8) && (text.Length == 3 || IsHexDigit(last)),
            (byte)'=' => text.Length == 2 && (IsHexDigit(last) || last == '\r'),
            (byte)'&' => text.Length < MaxLength && (char.IsAsciiLetterOrDigit((char)last) || (text.Length == 2 && last == '#')),
            (byte)'\\' => text.Length == 2 ? IsHexDigit(last) || last == '\r' || (last | 0x20) is 'u' or 'x'
                : (text[1] | 0x20) is 'u' or 'x' ? MayGrowByDigits(text) : text.Length < 9 && IsHexDigit(text[1]) && (IsHexDigit(last) || last == '\r'),
            _ => false,
        };
    }

    /// <summary>Whether a byte may be within an escape: letters, digits, and what they follow.</summary>
    public static bool MayGoOn(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'#' or (byte)'{' or (byte)'\r';

    // The escapes that this text is, all of it. Only those that begin with its first byte can be.
    private static int ReadWhole(ReadOnlySpan<byte> text, Span<Escape> escapes)
    {
        var (read, count) = (0, 0);
        switch (text[0])
        {
            case (byte)'\\':
                AddBackslash(text, escapes, ref read);
                break;
            case (byte)'&':
                AddEntity(text, escapes, ref read);
                break;
            default:
                AddPercentAndQuoted(text, escapes, ref read);
                break;
        }

        for (var i = 0; i < read; i++)
        {
            if (escapes[i].Length == text.Length)
            {
                escapes[count++] = escapes[i];
            }
        }

        return count;
    }

    // A bit for each length at which an escape may end that this text begins with. What can't be one is told apart here, where it costs least.
    private static uint LengthsOfFirst(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        var near = text[..Math.Min(text.Length, MaxLength)];
        var lengths = (near[0], near[1] | 0x20) switch
        {
            ((byte)'%', 'u') => CountHexDigits(near, 2) >= 4 ? (1u << 6) | (1u << 12) : 0,
            ((byte)'%', _) => CountHexDigits(near, 1) < 2 ? 0 : (1u << 3) | (near.StartsWith("%25"u8) && CountHexDigits(near, 3) >= 2 ? 1u << 5 : 0),
            ((byte)'=', _) => IsHexDigit(near[1]) ? 1u << 3 : LengthOfBreak(near),
            ((byte)'&', _) => near[1] == '#' || char.IsAsciiLetter((char)near[1]) ? LengthTo(near, (byte)';') : 0,
            (_, 'u' or 'x') when near.Length > 2 && near[2] == '{' => LengthTo(near, (byte)'}'),
            (_, 'x') => 1u << 4,
            (_, 'u') => CountHexDigits(near, 2) switch
            {
                < 4 => 0,
                < 8 => (1u << 6) | (1u << 12),
                _ => (1u << 6) | (1u << 10),
            },
            _ => IsHexDigit(near[1]) ? LengthsOfCss(near) : LengthOfBreak(near),
        };
        return lengths & ((2u << near.Length) - 1);
    }

    // What stands for the second byte of another: a digit, a letter, a number sign or a line break, or nothing. No byte that escapes begin with does.
    private static bool MayBeEscaped(ReadOnlySpan<byte> text) => text.Length < 2 || (!FirstBytes.Contains(text[1]) && MayBegin(text));

    // With one code unit, or two, or digits in braces.
    private static bool MayGrowByDigits(ReadOnlySpan<byte> text) => text.Length < 12 && (IsHexDigit(text[^1]) || text.Length switch
    {
        3 => text[2] == '{',
        7 => text[6] == text[0],
        8 => (text[7] | 0x20) == 'u',
        _ => false,
    });

    private static int CountHexDigits(ReadOnlySpan<byte> text, int start)
    {
        var end = start;
        while (end < text.Length && IsHexDigit(text[end]))
        {
            end++;
        }

        return end - start;
    }

    private static uint LengthTo(ReadOnlySpan<byte> text, byte last) => text.IndexOf(last) is > 0 and var at ? 2u << at : 0;

    private static uint LengthOfBreak(ReadOnlySpan<byte> text) => text[1] switch
    {
        (byte)'\n' => 1u << 2,
        (byte)'\r' => 1u << 3,
        _ => 0,
    };

    // Of up to six digits any number, and white space after as many as there are: one byte, or a carriage return and a line feed.
    private static uint LengthsOfCss(ReadOnlySpan<byte> text)
    {
        var digits = Math.Min(6, CountHexDigits(text, 1));
        var lengths = ((4u << digits) - 1) & ~3u;
        return (digits + 1 < text.Length ? text[digits + 1] : 0) switch
        {
            ' ' or '\t' or '\n' or '\f' => lengths | (4u << digits),
            '\r' => lengths | (12u << digits),
            _ => lengths,
        };
    }

    // Neither a digit nor the letter of a longer one.
    private static bool IsOnlyShort(byte letter) => ReadShort(letter) >= 0 && !IsHexDigit(letter);
}
