namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Of a <see cref="Form"/>, at a place in a text: how many of its elements may stand before that place. A set of numbers, a bit for each.
/// </summary>
/// <param name="capacity">The length of the longest form.</param>
internal sealed class MatchedCounts(int capacity)
{
    private readonly ulong[] _words = new ulong[(capacity / Form.WordSize) + 1];

    // Only words in this range may be other than zero. Mostly it is one word of many.
    private int _first;
    private int _end;

    /// <summary>How many words have to be looked at, as a measure of work.</summary>
    public int Size => _end - _first;

    public bool IsEmpty => _first == _end;

    public bool HasZero => _first == 0 && (_words[0] & 1) != 0;

    public void AddRange(int first, int last)
    {
        var (firstWord, lastWord) = (first / Form.WordSize, last / Form.WordSize);
        for (var word = firstWord; word <= lastWord; word++)
        {
            var from = word == firstWord ? first % Form.WordSize : 0;
            var to = word == lastWord ? last % Form.WordSize : Form.WordSize - 1;
            _words[word] |= (ulong.MaxValue << from) & (ulong.MaxValue >> (Form.WordSize - 1 - to));
        }

        Widen(firstWord, lastWord + 1);
    }

    public void AddAll(MatchedCounts others)
    {
        for (var word = others._first; word < others._end; word++)
        {
            _words[word] |= others._words[word];
        }

        Widen(others._first, others._end);
    }

    /// <summary>Keeps the counts of elements after which something may stand that means nothing: not before the first, not after the last.</summary>
    public void KeepBreakable(Form form)
    {
        for (var word = _first; word < _end; word++)
        {
            _words[word] &= form.MayBreakBefore(word);
        }

        Remove(form.Length);
        Narrow();
    }

    /// <summary>Keeps the counts of elements within the form: not before the first, not after the last.</summary>
    public void KeepWithin(Form form)
    {
        Remove(0);
        Remove(form.Length);
        Narrow();
    }

    public void Clear()
    {
        _words.AsSpan(_first.._end).Clear();
        _first = _end = 0;
    }

    /// <summary>The counts before an element that spells this byte: one less, where the element is one that the byte matches.</summary>
    public void StepBack(Form form, byte value)
    {
        _first = Math.Max(0, _first - 1);
        for (var word = _first; word < _end; word++)
        {
            var carried = word + 1 < _end ? _words[word + 1] << (Form.WordSize - 1) : 0;
            var before = (_words[word] >> 1) | carried;
            _words[word] = before == 0 ? 0 : before & form.Matching(word, value);
        }

        Narrow();
    }

    private void Remove(int count)
    {
        if (count / Form.WordSize < _words.Length)
        {
            _words[count / Form.WordSize] &= ~(1ul << (count % Form.WordSize));
        }
    }

    private void Widen(int first, int end)
    {
        if (first < end)
        {
            (_first, _end) = IsEmpty ? (first, end) : (Math.Min(_first, first), Math.Max(_end, end));
        }
    }

    private void Narrow()
    {
        while (_first < _end && _words[_first] == 0)
        {
            _first++;
        }

        while (_first < _end && _words[_end - 1] == 0)
        {
            _end--;
        }

        if (_first == _end)
        {
            _first = _end = 0;
        }
    }
}
