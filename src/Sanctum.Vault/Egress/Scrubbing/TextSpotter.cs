using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Follows a needle's texts over bytes that are themselves, and its bases where many of their characters are in a row. Both in one go, where it must be both: each step
/// waits for the one before, and two at a time take hardly longer than one.
/// </summary>
internal sealed class TextSpotter(Lanes texts, Lanes bases)
{
    // How many bytes are gone over before it is asked whether a form may have ended.
    private const int Stride = 4;

    private readonly int _run = Math.Min(ByteClass.MaxRun, bases.Forms.Min(form => form.Length));

    /// <summary>The state of the texts. An escape may add to it.</summary>
    public Vector256<ulong> Texts { get; set; }

    /// <summary>The state of the bases.</summary>
    public Vector256<ulong> Bases { get; set; }

    /// <summary>Goes on with a text up to where a form may end, or else to its end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">What is before this has been scanned.</param>
    /// <param name="known">What stands there, up to where it is known: it need not be looked at again after each place at which a form may end.</param>
    /// <returns>Where it stopped.</returns>
    public int Scan(ReadOnlySpan<byte> text, int start, ref Stretch known)
    {
        while (start < text.Length)
        {
            if (start >= known.End)
            {
                known = StretchFrom(text, start);
            }

            var stretch = text[..known.End];
            start = known.IsRun ? FollowLines(stretch, start) : FollowTexts(stretch, start);
            if (Lanes.Ends(Texts | Bases) != 0)
            {
                break;
            }
        }

        return start;
    }

    private Stretch StretchFrom(ReadOnlySpan<byte> text, int start)
    {
        var end = ByteClass.Bases.EndOfRun(text, start);
        if (end > start)
        {
            return new(end, true);
        }

        // What is in no base ends whatever has begun.
        Bases = default;
        end = ByteClass.Bases.IndexOfRun(text, start + 1, _run);
        return new(end + (text.Length - end < _run ? ByteClass.Bases.StartOfLast(text[end..]) : 0), false);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Next(Vector256<ulong> state, Vector256<ulong> first, in Row row) => (Vector256.ShiftLeft(state, 1) | first) & row.Matches;

    // Of bases, only line breaks mean nothing.
    private int FollowLines(ReadOnlySpan<byte> text, int start)
    {
        do
        {
            if (text[start] is (byte)'\r' or (byte)'\n')
            {
                Texts = Next(Texts, texts.First, texts.Rows[text[start]]);
                Bases = Lanes.Next(Bases, bases.First, bases.Rows[text[start++]]);
            }
            else
            {
                var line = text[start..].IndexOfAny((byte)'\r', (byte)'\n');
                start = FollowBoth(line < 0 ? text : text[..(start + line)], start);
            }
        }
        while (start < text.Length && Lanes.Ends(Texts | Bases) == 0);

        return start;
    }

    private int FollowBoth(ReadOnlySpan<byte> text, int start)
    {
        var (stateOfTexts, firstText) = (Texts, texts.First);
        var (stateOfBases, firstBase) = (Bases, bases.First);
        ref var textRows = ref MemoryMarshal.GetReference(texts.Rows);
        ref var baseRows = ref MemoryMarshal.GetReference(bases.Rows);
        ref var bytes = ref MemoryMarshal.GetReference(text);

        // Where a form has just ended, one may end again at the next byte.
        var stride = Lanes.Ends(stateOfTexts | stateOfBases) == 0 ? Stride : int.MaxValue;
        for (; text.Length - start >= stride; start += Stride)
        {
            var (a, b, c, d) = ((nint)Unsafe.Add(ref bytes, start), (nint)Unsafe.Add(ref bytes, start + 1), (nint)Unsafe.Add(ref bytes, start + 2), (nint)Unsafe.Add(ref bytes, start + 3));
            var oneText = Next(stateOfTexts, firstText, Unsafe.Add(ref textRows, a));
            var oneBase = Next(stateOfBases, firstBase, Unsafe.Add(ref baseRows, a));
            var twoText = Next(oneText, firstText, Unsafe.Add(ref textRows, b));
            var twoBase = Next(oneBase, firstBase, Unsafe.Add(ref baseRows, b));
            var threeText = Next(twoText, firstText, Unsafe.Add(ref textRows, c));
            var threeBase = Next(twoBase, firstBase, Unsafe.Add(ref baseRows, c));
            var fourText = Next(threeText, firstText, Unsafe.Add(ref textRows, d));
            var fourBase = Next(threeBase, firstBase, Unsafe.Add(ref baseRows, d));
            if (Lanes.Ends(oneText | oneBase | twoText | twoBase | threeText | threeBase | fourText | fourBase) != 0)
            {
                // Where, is looked up again: it is rare.
                break;
            }

            (stateOfTexts, stateOfBases) = (fourText, fourBase);
        }

        for (var end = 0u; end == 0 && start < text.Length; start++)
        {
            var value = (nint)Unsafe.Add(ref bytes, start);
            stateOfTexts = Next(stateOfTexts, firstText, Unsafe.Add(ref textRows, value));
            stateOfBases = Next(stateOfBases, firstBase, Unsafe.Add(ref baseRows, value));
            end = Lanes.Ends(stateOfTexts | stateOfBases);
        }

        (Texts, Bases) = (stateOfTexts, stateOfBases);
        return start;
    }

    private int FollowTexts(ReadOnlySpan<byte> text, int start)
    {
        var (state, first) = (Texts, texts.First);
        ref var rows = ref MemoryMarshal.GetReference(texts.Rows);
        ref var bytes = ref MemoryMarshal.GetReference(text);
        var stride = Lanes.Ends(state) == 0 ? Stride : int.MaxValue;
        for (; text.Length - start >= stride; start += Stride)
        {
            var one = Next(state, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start)));
            var two = Next(one, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start + 1)));
            var three = Next(two, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start + 2)));
            var four = Next(three, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start + 3)));
            if (Lanes.Ends(one | two | three | four) != 0)
            {
                break;
            }

            state = four;
        }

        for (var end = 0u; end == 0 && start < text.Length; start++)
        {
            state = Next(state, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start)));
            end = Lanes.Ends(state);
        }

        Texts = state;
        return start;
    }
}
