using System.Buffers;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Reads a text from its end, in every way in which it can be read: a byte may be itself or the end of an escape, and which it is may show only
/// much further to the left. Follows all readings at once, so that an ambiguous text costs no more than text times secret.
/// </summary>
/// <param name="longest">The length of the longest form.</param>
internal sealed class BackwardSearch(int longest)
{
    /// <summary>How many line breaks may stand between two characters of base64: a carriage return and a line feed.</summary>
    public const int MaxBreaks = 2;

    // Without these near, a text can be read in one way only.
    private static readonly SearchValues<byte> Ambiguous = SearchValues.Create("%\\&+\r\n"u8);

    // A step goes back over one escape and the breaks before it, 16 + 2 * 11 bytes.
    private const int Reach = 64;

    // For each of the places within reach, what may stand before it.
    private readonly MatchedCounts?[] _before = new MatchedCounts?[Reach];
    private readonly MatchedCounts _stepping = new(longest);
    private int _furthest;

    /// <summary>Finds where the longest occurrence of the form begins that the text ends with.</summary>
    public bool TryFindStart(Form form, ReadOnlySpan<byte> text, out int start)
    {
        if (!text[Math.Max(0, text.Length - form.Length - Escape.MaxLength)..].ContainsAny(Ambiguous))
        {
            start = text.Length - form.Length;
            return form.IsPlainEndOf(text);
        }

        _furthest = text.Length;
        Before(text.Length).AddRange(form.Length, form.Length);
        start = Search(form, text, none: -1);
        return start >= 0;
    }

    /// <summary>Where the longest piece begins that the text ends with and that may yet become an occurrence of the form; if none, the text's end.</summary>
    /// <param name="unfinished">Where the escapes begin that the text breaks off in. They may become any byte.</param>
    public int FindBeginning(Form form, ReadOnlySpan<byte> text, ReadOnlySpan<int> unfinished)
    {
        _furthest = text.Length;
        AddUnfinished(form, text, first: 1);
        foreach (var start in unfinished)
        {
            AddUnfinished(form, text[..start], first: 0);
        }

        return Search(form, text, none: text.Length);
    }

    private MatchedCounts Before(int place) => _before[place % Reach] ??= new(longest);

    private void AddUnfinished(Form form, ReadOnlySpan<byte> text, int first)
    {
        Before(text.Length).AddRange(first, form.Length - 1);
        _furthest = Math.Min(_furthest, text.Length);
        for (var breaks = 0; form.MayBreak && breaks < MaxBreaks && TrySkipBreak(ref text); breaks++)
        {
            Before(text.Length).AddRange(1, form.Length - 1);
            _furthest = Math.Min(_furthest, text.Length);
        }
    }

    private int Search(Form form, ReadOnlySpan<byte> text, int none)
    {
        var start = none;
        for (var place = text.Length; place >= _furthest; place--)
        {
            var here = Before(place);
            if (here.IsEmpty)
            {
                continue;
            }

            if (here.HasZero)
            {
                start = place;
            }

            if (place > 0)
            {
                StepBack(form, text[..place], here);
            }

            here.Clear();
        }

        return start;
    }

    private void StepBack(Form form, ReadOnlySpan<byte> text, MatchedCounts here)
    {
        var last = text[^1];
        StepOver(form, text[..^1], here, [last]);
        if (last == '+')
        {
            StepOver(form, text[..^1], here, " "u8);
        }

        if (Escape.TryReadLast(text, out var escape))
        {
            if (escape.Number <= byte.MaxValue)
            {
                StepOver(form, text[..^escape.Length], here, [(byte)escape.Number]);
            }

            if (escape.Number > sbyte.MaxValue)
            {
                Span<byte> utf8 = stackalloc byte[4];
                StepOver(form, text[..^escape.Length], here, utf8[..escape.WriteUtf8(utf8)]);
            }
        }
    }

    private void StepOver(Form form, ReadOnlySpan<byte> text, MatchedCounts here, ReadOnlySpan<byte> spelled)
    {
        _stepping.AddAll(here);
        for (var i = spelled.Length - 1; i >= 0; i--)
        {
            _stepping.StepBack(form, spelled[i]);
        }

        Arrive(text.Length);
        if (form.MayBreak)
        {
            // Before the first element a break is not within.
            _stepping.RemoveZero();
            for (var breaks = 0; breaks < MaxBreaks && !_stepping.IsEmpty && TrySkipBreak(ref text); breaks++)
            {
                Arrive(text.Length);
            }
        }

        _stepping.Clear();
    }

    private void Arrive(int place)
    {
        if (!_stepping.IsEmpty)
        {
            Before(place).AddAll(_stepping);
            _furthest = Math.Min(_furthest, place);
        }
    }

    private static bool TrySkipBreak(ref ReadOnlySpan<byte> text)
    {
        var length = text is [.., (byte)'\r' or (byte)'\n'] ? 1
            : Escape.TryReadLast(text, out var escape) && escape.IsBreak ? escape.Length
            : 0;
        text = text[..^length];
        return length > 0;
    }
}
