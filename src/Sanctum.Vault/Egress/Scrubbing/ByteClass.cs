using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sanctum.Egress.Scrubbing;

/// <summary>A set of ASCII bytes, and where a text has many of them in a row.</summary>
internal sealed class ByteClass
{
    /// <summary>The most in a row that can be looked for.</summary>
    public const int MaxRun = 16;

    private static readonly Vector128<byte> HighBits = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0);

    // For each low half of a byte, a bit for each high half with which it is in the set.
    private readonly Vector128<byte> _highsOfLow;
    private readonly bool[] _contains = new bool[256];

    public ByteClass(ReadOnlySpan<byte> members)
    {
        Span<byte> highs = stackalloc byte[16];
        foreach (var member in members)
        {
            _contains[member] = true;
            highs[member & 0xF] |= (byte)(1 << (member >> 4));
        }

        _highsOfLow = Vector128.Create<byte>(highs);
    }

    /// <summary>What bases are written in, and line breaks.</summary>
    public static ByteClass Bases { get; } = new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_\r\n"u8);

    /// <summary>What lists of numbers are written in.</summary>
    public static ByteClass Lists { get; } = new([.. "0123456789ABCDEFabcdefXx+"u8, .. Separators.OfLists]);

    /// <summary>Where the first run begins at or after a place. If there is none, the end, or what is too near to it to be sure.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">The place; what is before it does not count.</param>
    /// <param name="run">How many members in a row are a run, at most <see cref="MaxRun"/>.</param>
    public int IndexOfRun(ReadOnlySpan<byte> text, int start, int run)
    {
        // Twice as many in a row each time, up to the run.
        var (two, four, eight) = (Math.Min(1, run - 1), Math.Clamp(run - 2, 0, 2), Math.Clamp(run - 4, 0, 4));
        var all = Math.Clamp(run - 8, 0, 8);
        var before = 0u;
        for (; start + Vector128<byte>.Count <= text.Length; start += Vector128<byte>.Count)
        {
            var others = Others(text[start..]);

            // A bit for each member, after those of the bytes before.
            var members = before | (~others << MaxRun);
            var runs = members & (members >> two);
            runs &= runs >> four;
            runs &= runs >> eight;
            runs &= runs >> all;
            if (runs != 0)
            {
                return start - MaxRun + BitOperations.TrailingZeroCount(runs);
            }

            before = members >> MaxRun;
        }

        // Of the members just before, as many as are in a row.
        return start - BitOperations.LeadingZeroCount(~(before << MaxRun));
    }

    /// <summary>Where the first byte is that is not a member; if there is none, the end.</summary>
    public int EndOfRun(ReadOnlySpan<byte> text, int start)
    {
        for (; start + Vector128<byte>.Count <= text.Length; start += Vector128<byte>.Count)
        {
            if (Others(text[start..]) is not 0 and var others)
            {
                return start + BitOperations.TrailingZeroCount(others);
            }
        }

        while (start < text.Length && _contains[text[start]])
        {
            start++;
        }

        return start;
    }

    /// <summary>Where the members begin that a text ends with.</summary>
    public int StartOfLast(ReadOnlySpan<byte> text)
    {
        var start = text.Length;
        while (start > 0 && _contains[text[start - 1]])
        {
            start--;
        }

        return start;
    }

    // Of the first bytes, a bit for each that is not a member.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Others(ReadOnlySpan<byte> text)
    {
        var bytes = Vector128.Create(text);
        var low = Vector128.ShuffleNative(_highsOfLow, bytes & Vector128.Create((byte)0xF));
        var high = Vector128.ShuffleNative(HighBits, bytes >>> 4);
        return Vector128.Equals(low & high, Vector128<byte>.Zero).ExtractMostSignificantBits();
    }
}
