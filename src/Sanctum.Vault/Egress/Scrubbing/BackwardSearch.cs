using System.Buffers;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Reads a text from its end, in every way in which it can be read: a byte may be itself or the end of an escape, and which it is may show only
/// much further to the left. Follows all readings at once, so that an ambiguous text costs no more than text times secret, and that within
/// the limit of <see cref="SearchEffort"/>.
/// </summary>
/// <param name="longest">The length of the longest form.</param>
/// <param name="effort">What it may cost.</param>
internal sealed class BackwardSearch(int longest, SearchEffort effort) : IDisposable
{
    // Without these near, a text can be read in one way only.
    private static readonly SearchValues<byte> Ambiguous = SearchValues.Create("%\\&=+\r\n"u8);

    // Forms up to here are compared; longer ones would make a text that is full of them cost its length times theirs.
    private const int Short = 256;

    // What a place costs beside its words: reading what ends there.
    private const int EachPlace = 8;

    // A step goes back over one escape and the breaks before it.
    private const int Reach = 256;

    // For each of the places within reach, what may stand before it.
    private readonly MatchedCounts?[] _before = new MatchedCounts?[Reach];
    private readonly MatchedCounts _stepping = new(longest);
    private readonly Dictionary<Form, PlainSearch> _plain = new(ReferenceEqualityComparer.Instance);

    // Where a long form was last found to end, from the stream's beginning.
    private readonly Dictionary<Form, long> _ends = new(ReferenceEqualityComparer.Instance);
    private int _furthest;

    // How much of the stream is before the text; and up to where and where last something ambiguous was seen, from the stream's beginning.
    private long _origin;
    private long _seenFrom;
    private long _seen;
    private long _ambiguous = -1;

    /// <summary>What is searched from now on begins so much further on.</summary>
    public void Advance(int count) => _origin += count;

    /// <summary>What is searched from now on has nothing to do with what was before.</summary>
    public void Restart(int length) => _origin = Math.Max(_origin + length, _seen) + longest + Escape.MaxLength;

    /// <summary>Finds where the longest occurrence of the form begins that the text ends with.</summary>
    public bool TryFindStart(Form form, ReadOnlySpan<byte> text, out int start)
    {
        if (form.Breaks == Breaks.Raw || (form.Breaks != Breaks.List && IsPlain(text, form.Length + Escape.MaxLength)))
        {
            start = text.Length - form.Length;
            return form.Length <= Short ? form.IsPlainEndOf(text) : PlainOf(form).IsEndOf(text, _origin);
        }

        if (form.Length > Short && _ends.TryGetValue(form, out var last) && _origin + text.Length - last is > 0 and <= Lanes.Bits)
        {
            // It ended just before, and its last elements were spelled again since, from before that end on: all of it is the secret's. Asked
            // again at each end, a secret that repeats itself would cost its length times the text's.
            start = text.Length - (int)(_origin + text.Length - last) - 1;
            _ends[form] = _origin + text.Length;
            return true;
        }

        _furthest = text.Length;
        Before(text.Length).AddRange(form.Length, form.Length);
        start = Search(form, text);
        if (start >= 0 && form.Length > Short)
        {
            _ends[form] = _origin + text.Length;
        }

        return start >= 0;
    }

    /// <summary>How long the break is that the text ends with if none of it is escaped: one byte, or none.</summary>
    public static int LengthOfPlainBreak(Breaks breaks, ReadOnlySpan<byte> text) => !text.IsEmpty && Separators.Contain(breaks, text[^1] == '+' ? ' ' : text[^1]) ? 1 : 0;

    /// <summary>How long the longest break is that the text ends with. What a shorter one would leave is no break: "=" before a line feed, "\" before a quote, "&amp;#58" before a semicolon.</summary>
    public static int LengthOfBreak(Breaks breaks, ReadOnlySpan<byte> text, out bool separates)
    {
        var length = LengthOfPlainBreak(breaks, text);
        separates = length > 0;
        Span<Escape> readings = stackalloc Escape[Escape.MaxReadings];
        foreach (var escape in readings[..Escape.ReadLast(text, readings)])
        {
            if (escape.Length > length && (escape.Number == Escape.Nothing || Separators.Contain(breaks, escape.Number)))
            {
                (length, separates) = (escape.Length, escape.Number != Escape.Nothing);
            }
        }

        return length;
    }

    public void Dispose()
    {
        foreach (var plain in _plain.Values)
        {
            plain.Dispose();
        }
    }

    // Looks at no byte twice as long as the text only goes on.
    private bool IsPlain(ReadOnlySpan<byte> text, int length)
    {
        var start = Math.Max(0, text.Length - length);
        var from = start;
        if (_origin + start >= _seenFrom && _origin + start <= _seen)
        {
            from = (int)Math.Min(_seen - _origin, text.Length);
        }
        else
        {
            (_seenFrom, _ambiguous) = (_origin + start, -1);
        }

        if (text[from..].LastIndexOfAny(Ambiguous) is >= 0 and var at)
        {
            _ambiguous = _origin + from + at;
        }

        _seen = _origin + text.Length;
        return _ambiguous < _origin + start;
    }

    private PlainSearch PlainOf(Form form)
    {
        if (!_plain.TryGetValue(form, out var plain))
        {
            _plain.Add(form, plain = new PlainSearch(form));
        }

        return plain;
    }

    private MatchedCounts Before(int place) => _before[place % Reach] ??= new(longest);

    // Where it begins; -1 for nowhere.
    private int Search(Form form, ReadOnlySpan<byte> text)
    {
        var start = -1;
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

            effort.Spend(EachPlace + here.Size);
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

        Span<Escape> readings = stackalloc Escape[Escape.MaxReadings];
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var escape in readings[..Escape.ReadLast(text, readings)])
        {
            if (escape.Number is >= 0 and <= byte.MaxValue)
            {
                StepOver(form, text[..^escape.Length], here, [(byte)escape.Number]);
            }

            if (escape.Number > sbyte.MaxValue)
            {
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

        if (!_stepping.IsEmpty)
        {
            Arrive(text.Length);
            SkipBreaks(form, text);
        }
    }

    // What escapes nothing may stand between any two elements, what separates only where the form has it. Leaves nothing in the step.
    private void SkipBreaks(Form form, ReadOnlySpan<byte> text)
    {
        _stepping.KeepWithin(form);
        var separated = false;
        for (var breaks = 0; breaks < Separators.Max(form.Breaks) && !_stepping.IsEmpty; breaks++)
        {
            var length = LengthOfBreak(form.Breaks, text, out var separates);
            if (length == 0)
            {
                break;
            }

            if (separates && !separated)
            {
                _stepping.KeepBreakable(form);
                separated = true;
            }

            // What ends the escape of a separator may itself be one, and what is before it an element: "&#58;" may be a 58 and a semicolon.
            if (separates && length > 1 && LengthOfPlainBreak(form.Breaks, text) > 0)
            {
                Arrive(text.Length - 1);
            }

            text = text[..^length];
            Arrive(text.Length);
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
}
