namespace Sanctum.Egress.Scrubbing;

/// <summary>A text as it is, and with all escapes of one kind undone. Both are searched exactly where a <see cref="Spotter"/> has spotted something.</summary>
internal sealed class Readings : IDisposable
{
    private readonly SearchEffort _effort = new();
    private readonly Dictionary<EscapeKind, (UndoneText Text, BackwardSearch Search)> _undone = [];
    private readonly int _longest;
    private readonly Beginnings _beginnings;
    private BackwardSearch? _asItIs;

    /// <param name="needles">What is looked for.</param>
    /// <param name="longest">The length of the longest form.</param>
    public Readings(IReadOnlyList<Needle> needles, int longest) => (_longest, _beginnings) = (longest, new Beginnings(needles, _effort));

    /// <summary>The kinds of escapes that are undone.</summary>
    public static ReadOnlySpan<EscapeKind> Undone => [EscapeKind.Percent, EscapeKind.Backslash, EscapeKind.Entity, EscapeKind.Quoted];

    /// <summary>Whether parts of needles are not to be found.</summary>
    public bool SkipsParts { get; set; }

    private BackwardSearch AsItIs => _asItIs ??= new(_longest, _effort);

    /// <summary>More text may cost more.</summary>
    public void Earn(int bytes) => _effort.Earn(bytes);

    /// <summary>Finds which forms end with the text, and where they begin.</summary>
    /// <param name="forms">Those that may.</param>
    /// <param name="kind">Which escapes are to be undone; none, if <see cref="EscapeKind.Other"/>.</param>
    /// <param name="text">The text.</param>
    /// <param name="found">Takes what was found.</param>
    public void Confirm(Form[] forms, EscapeKind kind, ReadOnlySpan<byte> text, List<Occurrence> found)
    {
        if (kind == EscapeKind.Other)
        {
            Confirm(forms, null, AsItIs, text, text, found);
            return;
        }

        var (undone, search) = UndoneBy(kind);
        var read = undone.Read(text);
        for (var within = undone.LengthOfLast - 1; within >= 0; within--)
        {
            Confirm(forms, undone, search, read[..^within], text, found);
        }

        Forget(undone, search, text.Length);
    }

    /// <summary>Where the longest piece begins that the text ends with and that may yet become an occurrence; if none, the text's end. See <see cref="Beginnings"/>.</summary>
    public int FindBeginning(ReadOnlySpan<byte> text)
    {
        Span<int> unfinished = stackalloc int[4 * Escape.MaxLength];
        _beginnings.Start(text.Length);
        var beginning = _beginnings.Find(text, unfinished[..AddUnfinished(text, unfinished, 0)]);

        // As far back as anything could be read at all, and an escape further, it makes no difference whether there is nothing to undo.
        var near = Math.Max(0, _beginnings.Leftmost - (2 * Escape.MaxLength));
        foreach (var kind in Undone)
        {
            if (HasEscape(text[near..], kind))
            {
                beginning = Math.Min(beginning, FindBeginning(kind, text, unfinished));
            }
        }

        return Whole(text, beginning);
    }

    /// <summary>The beginning of the text is not needed any more.</summary>
    public void Drop(int count)
    {
        _asItIs?.Advance(count);
        foreach (var (undone, search) in _undone.Values)
        {
            search.Advance(undone.Drop(count));
        }
    }

    /// <summary>What is searched next is another text.</summary>
    public void Restart(int length)
    {
        _asItIs?.Restart(length);
        foreach (var (undone, search) in _undone.Values)
        {
            undone.Clear();
            search.Restart(length);
        }
    }

    public void Dispose()
    {
        _asItIs?.Dispose();
        foreach (var (undone, search) in _undone.Values)
        {
            undone.Dispose();
            search.Dispose();
        }
    }

    private void Confirm(
        Form[] forms, UndoneText? undone, BackwardSearch search, ReadOnlySpan<byte> read, ReadOnlySpan<byte> text, List<Occurrence> found)
    {
        foreach (var form in forms)
        {
            if (!(SkipsParts && form.Breaks == Breaks.Raw) && search.TryFindStart(form, read, out var start))
            {
                var position = undone?.PositionOf(start) ?? start;
                if (undone is null || !EndsWithin(text[position..], undone))
                {
                    found.Add(new(position, text.Length));
                }
            }
        }
    }

    private bool EndsWithin(ReadOnlySpan<byte> occurrence, UndoneText undone)
    {
        _effort.Spend(occurrence.Length / 16);
        return undone.AfterEndlessBreaks(occurrence) > 0;
    }

    private static bool HasEscape(ReadOnlySpan<byte> text, EscapeKind kind)
    {
        var first = UndoneText.FirstByteOf(kind);
        for (var at = text.IndexOf(first); at >= 0;)
        {
            if (Escape.MayBegin(text[at..]))
            {
                return true;
            }

            var next = text[(at + 1)..].IndexOf(first);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return false;
    }

    // Where the escapes begin that the text breaks off in.
    private static int AddUnfinished(ReadOnlySpan<byte> text, Span<int> unfinished, int count)
    {
        for (var i = Math.Max(0, text.Length - Escape.MaxLength + 1); i < text.Length; i++)
        {
            if (Escape.FirstBytes.Contains(text[i]) && Escape.IsUnfinished(text[i..]))
            {
                unfinished[count++] = i;
            }
        }

        return count;
    }

    // An escape is given on as a whole or not at all, whoever may undo it: what is read next begins where one may begin to read.
    private static int Whole(ReadOnlySpan<byte> text, int end)
    {
        foreach (var kind in Undone)
        {
            var first = UndoneText.FirstByteOf(kind);
            var start = Math.Max(0, end - Escape.MaxLength + 1);

            // Of backslashes in a row, each second one is escaped.
            while (kind == EscapeKind.Backslash && start > 0 && text[start - 1] == first)
            {
                start--;
            }

            for (var at = start; at < end;)
            {
                var length = text[at] == first && Escape.TryReadFirst(text[at..], kind, out var escape) ? escape.Length : 1;
                if (at + length > end)
                {
                    return Whole(text, at);
                }

                at += length;
            }
        }

        return end;
    }

    private int FindBeginning(EscapeKind kind, ReadOnlySpan<byte> text, Span<int> unfinished)
    {
        var (undone, search) = UndoneBy(kind);
        var read = undone.Read(text);
        var count = AddUnfinished(read, unfinished, 0);
        for (var at = undone.Certain; at < text.Length; at++)
        {
            if (text[at] == undone.FirstByte && Escape.IsUnfinished(text[at..]))
            {
                // What this one becomes may begin or continue another.
                var index = undone.CertainLength + at - undone.Certain;
                count = AddUnfinished(read[..index], unfinished, count);
                unfinished[count++] = index;
            }
        }

        var beginning = _beginnings.Find(read, unfinished[..count]);
        var position = beginning == read.Length ? text.Length : undone.PositionOf(beginning);
        Forget(undone, search, text.Length);
        return Math.Max(position, undone.AfterEndlessBreaks(text));
    }

    private (UndoneText Text, BackwardSearch Search) UndoneBy(EscapeKind kind)
    {
        if (!_undone.TryGetValue(kind, out var undone))
        {
            _undone.Add(kind, undone = (new UndoneText(kind), new BackwardSearch(_longest, _effort)));
        }

        return undone;
    }

    // What was read for want of its end may be read otherwise later.
    private static void Forget(UndoneText? undone, BackwardSearch search, int length)
    {
        if (undone is not null && undone.Certain < length)
        {
            search.Restart(length);
        }
    }
}
