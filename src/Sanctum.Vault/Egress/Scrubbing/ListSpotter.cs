using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sanctum.Egress.Scrubbing;

/// <summary>Follows a needle's lists over bytes that are themselves: where a text has not many digits and separators in a row, there is nothing to be followed.</summary>
internal sealed class ListSpotter(Lanes lanes)
{
    // How many bytes are gone over before it is asked whether a form may have ended.
    private const int Stride = 4;

    private readonly int _run = Math.Min(ByteClass.MaxRun, lanes.Forms.Min(form => form.Length));

    /// <summary>The state after what was scanned. An escape may add to it.</summary>
    public Vector256<ulong> State { get; set; }

    /// <summary>Goes on with a text up to where a form may end, or else to its end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">What is before this has been scanned.</param>
    /// <param name="known">What stands there, up to where it is known.</param>
    /// <returns>Where it stopped.</returns>
    public int Scan(ReadOnlySpan<byte> text, int start, ref Stretch known)
    {
        while (start < text.Length)
        {
            if (start >= known.End)
            {
                known = new(ByteClass.Lists.EndOfRun(text, start), true);
            }

            if (known.End > start)
            {
                start = Follow(text[..known.End], start);
                if (Lanes.Ends(State) != 0)
                {
                    break;
                }
            }
            else
            {
                // What is in no list ends whatever has begun.
                State = default;
                start = ByteClass.Lists.IndexOfRun(text, start + 1, _run);
                start += text.Length - start < _run ? ByteClass.Lists.StartOfLast(text[start..]) : 0;
            }
        }

        return start;
    }

    // To where a form may end.
    private int Follow(ReadOnlySpan<byte> text, int start)
    {
        var (state, first) = (State, lanes.First);
        ref var rows = ref MemoryMarshal.GetReference(lanes.Rows);
        ref var bytes = ref MemoryMarshal.GetReference(text);
        for (; start + Stride <= text.Length; start += Stride)
        {
            var one = Lanes.Next(state, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start)));
            var two = Lanes.Next(one, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start + 1)));
            var three = Lanes.Next(two, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start + 2)));
            var four = Lanes.Next(three, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start + 3)));
            if (Lanes.Ends(one | two | three | four) != 0)
            {
                // Where, is looked up again: it is rare.
                break;
            }

            state = four;
        }

        for (var end = 0u; end == 0 && start < text.Length; start++)
        {
            state = Lanes.Next(state, first, Unsafe.Add(ref rows, (nint)Unsafe.Add(ref bytes, start)));
            end = Lanes.Ends(state);
        }

        State = state;
        return start;
    }
}
