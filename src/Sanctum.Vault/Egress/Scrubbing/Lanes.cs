using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Four lanes of 64 bits, each for one or several <see cref="Form"/>s of a <see cref="Needle"/>: a bit for each of its last 64 elements, the last of
/// them highest. A state has a bit set when the elements up to it have just been spelled.
/// </summary>
/// <remarks>
/// Forms share a lane where that makes it hardly more likely to be wrong: a bit is set by what matches the element of any of them. The table
/// says for each byte which elements it matches, and which of them it may follow without meaning anything.
/// </remarks>
internal sealed class Lanes : IDisposable
{
    /// <summary>How many bits a lane has.</summary>
    public const int Bits = 64;

    // Larger than the table, which begins at a line of the cache.
    private readonly SecretBytes _memory = new((256 * Row.Size) + Row.Size);
    private readonly int _start;
    private readonly Form[][] _lanes;

    public Lanes(params IReadOnlyList<Form>[] lanes)
    {
        (_lanes, _start) = ([.. lanes.Select(forms => forms.ToArray())], Alignment(_memory.Span));
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            foreach (var form in lanes[lane])
            {
                Add(lane, form);
            }
        }

        // A plus sign is also a space.
        var rows = MemoryMarshal.Cast<byte, Row>(Table);
        rows['+'] = new(rows['+'].Matches | rows[' '].Matches, rows['+'].Breaks | rows[' '].Breaks);
    }

    /// <summary>Those of all lanes.</summary>
    public IEnumerable<Form> Forms => _lanes.SelectMany(forms => forms);

    /// <summary>A row for each byte.</summary>
    public ReadOnlySpan<Row> Rows => MemoryMarshal.Cast<byte, Row>(_memory.Span.Slice(_start, 256 * Row.Size));

    /// <summary>The bit of each form's first element, of those in the table.</summary>
    public Vector256<ulong> First { get; private set; }

    private Span<byte> Table => _memory.Writable.Slice(_start, 256 * Row.Size);

    /// <summary>The state after a byte.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="first">Where forms begin.</param>
    /// <param name="row">The byte's row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Next(Vector256<ulong> state, Vector256<ulong> first, in Row row) =>
        (Vector256.ShiftLeft(state, 1) & row.Matches) | ((first & row.Matches) | (state & row.Breaks));

    /// <summary>A bit for each lane one of whose forms may end here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Ends(Vector256<ulong> state) => state.ExtractMostSignificantBits();

    /// <summary>The forms of a lane.</summary>
    public Form[] FormsOf(int lane) => _lanes[lane];

    /// <summary>The state after an escape, in every way in which it can be meant.</summary>
    /// <param name="escape">The escape.</param>
    /// <param name="before">The state before it.</param>
    public Vector256<ulong> After(Escape escape, Vector256<ulong> before)
    {
        if (escape.Number == Escape.Nothing)
        {
            // What ended before it does not end again.
            return before & Vector256.Create(ulong.MaxValue >> 1);
        }

        var after = escape.Number <= byte.MaxValue ? Next(before, First, Rows[escape.Number]) : default;
        if (escape.Number > sbyte.MaxValue)
        {
            Span<byte> utf8 = stackalloc byte[4];
            var character = before;
            foreach (var value in utf8[..escape.WriteUtf8(utf8)])
            {
                // A form may also end within the character.
                character = Next(character, First, Rows[value]);
                after |= character & Vector256.Create(1ul << (Bits - 1));
            }

            after |= character;
        }

        return after;
    }

    public void Dispose()
    {
        _memory.Dispose();
        foreach (var form in Forms)
        {
            form.Dispose();
        }
    }

    // Pinned: it stays where it is.
    private static unsafe int Alignment(ReadOnlySpan<byte> memory)
    {
        fixed (byte* start = memory)
        {
            return (int)(-(nint)start & (Row.Size - 1));
        }
    }

    private void Add(int lane, Form form)
    {
        const int Width = Row.Size / sizeof(ulong);
        var table = MemoryMarshal.Cast<byte, ulong>(Table);
        Span<byte> spellings = stackalloc byte[byte.MaxValue + 1];
        var shared = Math.Min(form.Length, Bits);
        for (var i = 1; i <= shared; i++)
        {
            var bit = 1ul << (Bits - i);
            foreach (var value in spellings[..form.Spellings(form.Length - i, spellings)])
            {
                table[(value * Width) + lane] |= bit;
            }

            if (i > 1 && form.MayBreakBeforeElement(form.Length - i + 1))
            {
                foreach (var value in Separators.Of(form.Breaks))
                {
                    table[(value * Width) + Vector256<ulong>.Count + lane] |= bit;
                }
            }
        }

        spellings.Clear();
        First = First.WithElement(lane, First[lane] | (1ul << (Bits - shared)));
    }
}
