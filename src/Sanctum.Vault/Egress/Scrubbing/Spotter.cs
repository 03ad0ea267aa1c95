using System.Buffers;
using System.Runtime.Intrinsics;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Goes over a text once and spots where one of a needle's forms may end: where its last 32 elements, or all if it has fewer, have been
/// spelled. Whether the form ends there is for <see cref="BackwardSearch"/> to say.
/// </summary>
/// <remarks>
/// Shift-and, all forms side by side (Baeza-Yates and Gonnet, "A new approach to text searching", 1992): a bit is set when the elements of its
/// lane up to it have just been spelled. An escape goes on from the state that was there before it. Up to the last 32 elements this is
/// too generous in two ways, which costs nothing: any number of line breaks, and lanes that begin within an escape.
/// <para>
/// The time taken does not depend on the secret until 32 of its elements are right, at least its last sixteen bytes or else all of it. A search that
/// looks further wherever the beginning fits would tell an agent, who can have a megabyte of guesses echoed, the secret byte by byte.
/// </para>
/// </remarks>
internal sealed class Spotter(Needle needle)
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("%\\&\r\n"u8);

    // The states before those of the last bytes that an escape can begin with.
    private readonly Vector256<uint>[] _earlier = new Vector256<uint>[Escape.MaxLength];

    private Vector256<uint> _state;
    private int _position;
    private int _escapeWithin;

    /// <summary>Goes on with <paramref name="text"/> from <paramref name="start"/>; what is before that has been seen, as far as it matters still.</summary>
    public void Scan(ReadOnlySpan<byte> text, int start, BackwardSearch search, List<Occurrence> found)
    {
        while (start < text.Length)
        {
            if (_escapeWithin == 0)
            {
                var plain = text[start..].IndexOfAny(Special);
                var end = plain < 0 ? text.Length : start + plain;
                ScanPlain(text[..end], start, search, found);
                start = end;
            }

            if (start < text.Length)
            {
                ScanSpecial(text[..++start], search, found);
            }
        }
    }

    private static bool Any(Vector256<uint> bits) => bits != Vector256<uint>.Zero;

    private static Vector256<uint> Next(Vector256<uint> state, Vector256<uint> matching) =>
        (Vector256.ShiftLeft(state, 1) | Vector256<uint>.One) & matching;

    private void ScanPlain(ReadOnlySpan<byte> text, int start, BackwardSearch search, List<Occurrence> found)
    {
        var (state, last) = (_state, needle.Last);
        var table = needle.Table;
        for (var i = start; i < text.Length; i++)
        {
            state = Next(state, table[text[i]]);
            if (Any(state & last))
            {
                Confirm(state, text[..(i + 1)], search, found);
            }
        }

        _state = state;
        _position = (_position + text.Length - start) % Escape.MaxLength;
    }

    // The last byte begins an escape, or is within one or within reach of one, or breaks a line.
    private void ScanSpecial(ReadOnlySpan<byte> text, BackwardSearch search, List<Occurrence> found)
    {
        var (before, value) = (_state, text[^1]);
        _state = Next(before, needle.Table[value]);
        if (value is (byte)'\r' or (byte)'\n')
        {
            _state |= before & needle.Breakable;
        }

        if (_escapeWithin > 0)
        {
            _escapeWithin--;
            if (Escape.TryReadLast(text, out var escape))
            {
                _state |= After(escape);
            }
        }

        if (Escape.FirstBytes.Contains(value))
        {
            _earlier[_position] = before;
            _escapeWithin = Escape.MaxLength - 1;
        }

        _position = (_position + 1) % Escape.MaxLength;
        if (Any(_state & needle.Last))
        {
            Confirm(_state, text, search, found);
        }
    }

    private Vector256<uint> After(Escape escape)
    {
        var table = needle.Table;
        var before = _earlier[(_position + 1 + Escape.MaxLength - escape.Length) % Escape.MaxLength];
        var after = escape.Number <= byte.MaxValue ? Next(before, table[escape.Number]) : default;
        if (escape.IsBreak)
        {
            after |= before & needle.Breakable;
        }

        Span<byte> utf8 = stackalloc byte[4];
        var character = before;
        foreach (var value in utf8[..escape.WriteUtf8(utf8)])
        {
            character = Next(character, table[value]);
        }

        return after | character;
    }

    private void Confirm(Vector256<uint> state, ReadOnlySpan<byte> text, BackwardSearch search, List<Occurrence> found)
    {
        var ends = state & needle.Last;
        for (var lane = 0; lane < needle.Forms.Count; lane++)
        {
            if (ends[lane] != 0 && search.TryFindStart(needle.Forms[lane], text, out var start))
            {
                found.Add(new(start, text.Length));
            }
        }
    }
}
