namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Finds how much of a text's end could begin a secret: any one that is about as long and has the same <see cref="CharacterGroups"/>.
/// How much is held back shows outside. If it depended on the secret itself, whoever writes the text could try beginnings and read off which is right.
/// </summary>
/// <remarks>
/// Goes back over the text in all readings at once, as <see cref="BackwardSearch"/> does, but every element matches every byte of a class. So for each
/// place it is enough to know how many elements may still come before it. What this finds is never less than what could begin the secret.
/// </remarks>
internal sealed class Beginnings
{
    // A length is told in steps of so many bytes, and no more exactly.
    private const int LengthStep = 16;

    // A piece of a text costs more than so many places. Reading escapes at a place costs as much as several.
    private const int FreePlaces = 1024;
    private const int EachReading = 8;

    // A step goes back over one escape and the breaks before it.
    private const int Reach = 256;
    private const int Nowhere = -1;

    private readonly Shape[] _shapes;
    private readonly SearchEffort _effort;

    // For each of the places within reach: how many elements may come before it, and whether one begins there.
    private readonly int[] _left = new int[Reach];
    private readonly bool[] _begins = new bool[Reach];
    private int _furthest;
    private int _places;
    private int _asked;
    private bool _mayEndEscape;

    /// <param name="needles">What is looked for.</param>
    /// <param name="effort">What it may cost.</param>
    public Beginnings(IReadOnlyList<Needle> needles, SearchEffort effort)
    {
        _effort = effort;
        _left.AsSpan().Fill(Nowhere);
        _shapes = needles.Count == 0 ? [] : ShapesOf(
            (needles.Max(needle => needle.Length) + LengthStep - 1) / LengthStep * LengthStep,
            needles.Aggregate(CharacterGroups.Words, (groups, needle) => groups | needle.Groups));
    }

    /// <summary>The place furthest to the left at which anything was read since <see cref="Start"/>.</summary>
    public int Leftmost { get; private set; }

    /// <summary>To be called before a text is looked at, in whatever readings.</summary>
    /// <param name="length">How long the text is.</param>
    public void Start(int length) => (Leftmost, _places) = (length, 0);

    /// <summary>Where the longest piece begins that the text ends with and that could begin a secret; if none, the text's end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="unfinished">Where the escapes begin that the text breaks off in. They may become any byte.</param>
    /// <exception cref="VaultException">It costs too much; upstream failed.</exception>
    public int Find(ReadOnlySpan<byte> text, ReadOnlySpan<int> unfinished)
    {
        var beginning = text.Length;
        foreach (var shape in _shapes)
        {
            beginning = Math.Min(beginning, Find(shape, text, unfinished));
        }

        return beginning;
    }

    // The longest forms: text with each byte doubled, as in UTF-16; base32 with bits of its neighbours; "0x73" for each byte.
    private static Shape[] ShapesOf(int length, CharacterGroups groups) =>
    [
        new(Characters.Of(groups), 2 * length, Breaks.None),
        new(Characters.OfBases, ((8 * length) / 5) + 2, Breaks.Lines),
        new(Characters.OfLists, 4 * length, Breaks.List),
    ];

    private int Find(Shape shape, ReadOnlySpan<byte> text, ReadOnlySpan<int> unfinished)
    {
        // One more at the least is still to come.
        var most = shape.Length - 1;
        (_furthest, _asked) = (text.Length, -1);
        Arrive(text.Length, most, begins: false);
        SkipBreaks(shape.Breaks, text, most);
        foreach (var escape in unfinished)
        {
            Arrive(escape, most, begins: true);
            SkipBreaks(shape.Breaks, text[..escape], most);
        }

        var start = text.Length;
        for (var place = text.Length; place >= _furthest; place--)
        {
            var (left, begins) = Take(place);
            if (left == Nowhere)
            {
                continue;
            }

            start = begins ? place : start;
            _places++;
            Spend(1);
            if (left > 0 && place > 0)
            {
                StepBack(shape, text[..place], left);
            }
        }

        Leftmost = Math.Min(Leftmost, _furthest);
        return start;
    }

    private void StepBack(Shape shape, ReadOnlySpan<byte> text, int left)
    {
        var last = text[^1];
        if (shape.Contains(last) || (last == '+' && shape.Contains((byte)' ')))
        {
            StepOver(shape, text[..^1], left - 1);
        }

        if (!MayEndEscape(text))
        {
            return;
        }

        Spend(EachReading);
        Span<Escape> readings = stackalloc Escape[Escape.MaxReadings];
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var escape in readings[..Escape.ReadLast(text, readings)])
        {
            if (escape.Number is >= 0 and <= byte.MaxValue && shape.Contains((byte)escape.Number))
            {
                StepOver(shape, text[..^escape.Length], left - 1);
            }

            if (escape.Number > sbyte.MaxValue && escape.WriteUtf8(utf8) is var length && length <= left && shape.ContainsAll(utf8[..length]))
            {
                StepOver(shape, text[..^escape.Length], left - length);
            }
        }
    }

    private void StepOver(Shape shape, ReadOnlySpan<byte> text, int left)
    {
        Arrive(text.Length, left, begins: true);
        if (left > 0)
        {
            SkipBreaks(shape.Breaks, text, left);
        }
    }

    // Breaks stand between two elements, so what begins with one begins no secret.
    private void SkipBreaks(Breaks breaks, ReadOnlySpan<byte> text, int left)
    {
        for (var count = 0; count < Separators.Max(breaks); count++)
        {
            var separates = true;
            var length = MayEndEscape(text) ? BackwardSearch.LengthOfBreak(breaks, text, out separates) : BackwardSearch.LengthOfPlainBreak(breaks, text);
            if (length == 0)
            {
                return;
            }

            if (separates && length > 1 && BackwardSearch.LengthOfPlainBreak(breaks, text) > 0)
            {
                Arrive(text.Length - 1, left, begins: false);
            }

            text = text[..^length];
            Arrive(text.Length, left, begins: false);
        }
    }

    private void Spend(int steps)
    {
        if (_places > FreePlaces)
        {
            _effort.Spend(steps);
        }
    }

    // Asked twice in a row about most places.
    private bool MayEndEscape(ReadOnlySpan<byte> text)
    {
        if (_asked != text.Length)
        {
            (_asked, _mayEndEscape) = (text.Length, text[^Math.Min(text.Length, Escape.MaxLength)..].ContainsAny(Escape.FirstBytes));
        }

        return _mayEndEscape;
    }

    private void Arrive(int place, int left, bool begins)
    {
        var at = place % Reach;
        _left[at] = Math.Max(_left[at], left);
        _begins[at] |= begins;
        _furthest = Math.Min(_furthest, place);
    }

    private (int Left, bool Begins) Take(int place)
    {
        var at = place % Reach;
        var taken = (_left[at], _begins[at]);
        (_left[at], _begins[at]) = (Nowhere, false);
        return taken;
    }

    /// <summary>What many forms have in common.</summary>
    /// <param name="Members">For each byte, whether an element may be it.</param>
    /// <param name="Length">How many elements the longest of them has.</param>
    /// <param name="Breaks">What may stand between two.</param>
    private sealed record Shape(bool[] Members, int Length, Breaks Breaks)
    {
        public bool Contains(byte value) => Members[value];

        public bool ContainsAll(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
            {
                if (!Members[value])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
