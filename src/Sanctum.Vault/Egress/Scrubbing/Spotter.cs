using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Goes over a text once and spots where one of a needle's forms may end: where its last 64 elements, or all if it has fewer, have been
/// spelled. Whether the form ends there is for <see cref="Readings"/> to say.
/// </summary>
/// <remarks>
/// Shift-and, forms side by side in <see cref="Lanes"/> (Baeza-Yates and Gonnet, "A new approach to text searching", 1992). An escape, or an escape of an
/// escape, adds where it ends what follows from the state before it. Up to the last 64 elements this is
/// too generous in some ways, which costs nothing: any number of breaks, escapes of several kinds around another, and several forms in one lane.
/// <para>
/// The time taken does not depend on the secret until 64 of its elements are right, at least its last sixteen bytes or else all of it. A search that
/// looks further wherever the beginning fits would tell an agent, who can have a megabyte of guesses echoed, the secret byte by byte. What is
/// skipped is skipped for the classes of its bytes alone.
/// </para>
/// </remarks>
internal sealed class Spotter(Needle needle, Readings readings)
{
    // Below that many bytes all lanes are followed byte by byte.
    private const int Short = 24;

    // That many are gone over with some lanes before it is done with the others, while they are still near.
    private const int Long = 1024;

    private readonly TextSpotter _texts = new(needle.Texts, needle.Bases);
    private readonly ListSpotter _lists = new(needle.Lists);
    private readonly NestedEscape[] _escapes = new NestedEscape[NestedEscape.MaxReadings];

    // What escapes add, and where. Nothing is left when a text has been scanned.
    private readonly List<(int End, States After)> _coming = [];

    // Where escapes begin that may go on beyond the text, counted from its end.
    private readonly List<(int Start, States Before)> _unfinished = [];

    // For each kind that is undone, where its last escape was: if that is held no more, undoing it makes no difference.
    private readonly int[] _last = [.. Enumerable.Repeat(int.MinValue, Readings.Undone.Length)];

    private int _nextEnd = int.MaxValue;

    /// <summary>Goes on with <paramref name="text"/> from <paramref name="start"/>; what is before that has been seen, as far as it matters still.</summary>
    public void Scan(ReadOnlySpan<byte> text, int start, List<Occurrence> found)
    {
        Move(start);
        GoOnWithUnfinished(text, start);
        var special = NextEscape(text, start);
        while (start < text.Length)
        {
            var end = Math.Min(Math.Min(special, _nextEnd), text.Length);
            ScanPlain(text[..end], start, found);
            start = end;
            if (start == _nextEnd)
            {
                EndEscapes(text[..start], found);
            }

            if (start == special)
            {
                Begin(text, start, Current());
                special = NextEscape(text, start + 1);
            }
        }

        Move(-text.Length);
    }

    /// <summary>What is scanned next is another text.</summary>
    public void Restart()
    {
        SetState(default);
        _unfinished.Clear();
        _last.AsSpan().Fill(int.MinValue);
    }

    // Where the next escape begins; what only looks like one is passed over.
    private static int NextEscape(ReadOnlySpan<byte> text, int start)
    {
        while (text[start..].IndexOfAny(Escape.FirstBytes) is >= 0 and var distance)
        {
            start += distance;
            if (Escape.MayBegin(text[start..]))
            {
                return start;
            }

            start++;
        }

        return int.MaxValue;
    }

    private void Move(int distance)
    {
        for (var i = 0; i < _unfinished.Count; i++)
        {
            _unfinished[i] = (_unfinished[i].Start + distance, _unfinished[i].Before);
        }

        foreach (ref var last in _last.AsSpan())
        {
            last = last < int.MinValue / 2 ? int.MinValue : last + distance;
        }
    }

    private States Current() => new(_texts.Texts, _texts.Bases, _lists.State);

    private void SetState(in States state) => (_texts.Texts, _texts.Bases, _lists.State) = (state.Texts, state.Bases, state.Lists);

    private void ScanPlain(ReadOnlySpan<byte> text, int start, List<Occurrence> found)
    {
        while (text.Length - start > Short)
        {
            var end = Math.Min(text.Length, start + Long);
            ScanLong(text[..end], start, found);
            start = end;
        }

        ScanShort(text, start, found);
    }

    private void ScanLong(ReadOnlySpan<byte> text, int start, List<Occurrence> found)
    {
        Stretch known = default;
        for (var at = start; at < text.Length;)
        {
            at = _texts.Scan(text, at, ref known);
            Confirm(needle.Texts, _texts.Texts, text[..at], found);
            Confirm(needle.Bases, _texts.Bases, text[..at], found);
        }

        known = default;
        for (var at = start; at < text.Length;)
        {
            at = _lists.Scan(text, at, ref known);
            Confirm(needle.Lists, _lists.State, text[..at], found);
        }
    }

    private void ScanShort(ReadOnlySpan<byte> text, int start, List<Occurrence> found)
    {
        var (texts, bases, lists) = Current();
        var textRows = needle.Texts.Rows;
        var baseRows = needle.Bases.Rows;
        var listRows = needle.Lists.Rows;
        var (firstText, firstBase, firstList) = (needle.Texts.First, needle.Bases.First, needle.Lists.First);
        for (var i = start; i < text.Length; i++)
        {
            var value = text[i];
            texts = Lanes.Next(texts, firstText, textRows[value]);
            bases = Lanes.Next(bases, firstBase, baseRows[value]);
            lists = Lanes.Next(lists, firstList, listRows[value]);
            if (Lanes.Ends(texts | bases | lists) != 0)
            {
                Confirm(new(texts, bases, lists), text[..(i + 1)], found);
            }
        }

        SetState(new(texts, bases, lists));
    }

    private void Confirm(in States states, ReadOnlySpan<byte> text, List<Occurrence> found)
    {
        Confirm(needle.Texts, states.Texts, text, found);
        Confirm(needle.Bases, states.Bases, text, found);
        Confirm(needle.Lists, states.Lists, text, found);
    }

    private void Confirm(Lanes lanes, Vector256<ulong> state, ReadOnlySpan<byte> text, List<Occurrence> found)
    {
        var ends = Lanes.Ends(state);
        for (var lane = 0; ends >> lane != 0; lane++)
        {
            if ((ends & (1u << lane)) == 0)
            {
                continue;
            }

            readings.Confirm(lanes.FormsOf(lane), EscapeKind.Other, text, found);
            for (var kind = 0; kind < _last.Length; kind++)
            {
                if (_last[kind] >= 0)
                {
                    readings.Confirm(lanes.FormsOf(lane), Readings.Undone[kind], text, found);
                }
            }
        }
    }

    private void EndEscapes(ReadOnlySpan<byte> text, List<Occurrence> found)
    {
        States added = default;
        _nextEnd = int.MaxValue;
        for (var i = _coming.Count - 1; i >= 0; i--)
        {
            ref readonly var coming = ref CollectionsMarshal.AsSpan(_coming)[i];
            if (coming.End == text.Length)
            {
                // In the place of what has been looked at comes the last: their order means nothing.
                added |= coming.After;
                _coming[i] = _coming[^1];
                _coming.RemoveAt(_coming.Count - 1);
            }
            else
            {
                _nextEnd = Math.Min(_nextEnd, coming.End);
            }
        }

        SetState(Current() | added);
        if (Lanes.Ends(added.Texts | added.Bases | added.Lists) != 0)
        {
            Confirm(added, text, found);
        }
    }

    // Of escapes that the text broke off in.
    private void GoOnWithUnfinished(ReadOnlySpan<byte> text, int start)
    {
        for (var left = _unfinished.Count; left > 0; left--)
        {
            var (place, before) = _unfinished[0];
            _unfinished.RemoveAt(0);
            if (place >= 0)
            {
                Begin(text, place, before, start);
            }
        }
    }

    private void Begin(ReadOnlySpan<byte> text, int start, in States before, int scanned = 0)
    {
        var count = NestedEscape.ReadFirst(text[start..], _escapes, out var kinds, out var isUnfinished);
        foreach (var (length, escape) in _escapes.AsSpan(0, count))
        {
            if (start + length > scanned)
            {
                Expect(start + length, After(escape, before));
            }
        }

        for (var kind = 0; kind < _last.Length; kind++)
        {
            _last[kind] = (kinds & (1 << (int)Readings.Undone[kind])) != 0 ? Math.Max(_last[kind], start) : _last[kind];
        }

        if (isUnfinished)
        {
            _unfinished.Add((start, before));
        }
    }

    private void Expect(int end, in States after)
    {
        _nextEnd = Math.Min(_nextEnd, end);
        foreach (ref var coming in CollectionsMarshal.AsSpan(_coming))
        {
            if (coming.End == end)
            {
                coming.After |= after;
                return;
            }
        }

        _coming.Add((end, after));
    }

    private States After(Escape escape, in States before) => new(
        needle.Texts.After(escape, before.Texts),
        needle.Bases.After(escape, before.Bases),
        needle.Lists.After(escape, before.Lists));

    private readonly record struct States(Vector256<ulong> Texts, Vector256<ulong> Bases, Vector256<ulong> Lists)
    {
        public static States operator |(in States one, in States other) => new(one.Texts | other.Texts, one.Bases | other.Bases, one.Lists | other.Lists);
    }
}
