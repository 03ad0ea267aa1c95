using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// A text with all escapes of one kind undone, as one who knows that kind reads it from the beginning: what one service has escaped may be escaped once
/// more, all of it, by the next. Knows where in the text each byte comes from.
/// </summary>
internal sealed class UndoneText(EscapeKind kind) : IDisposable
{
    private SecretBytes _bytes = new(0);
    private int[] _positions = [];

    // How many bytes are certain, and how much of the text they stand for. What follows may be an escape that is not complete, and stands for itself.
    private int _length;
    private int _read;
    private bool _hasRest;

    /// <summary>The byte that escapes of this kind begin with.</summary>
    public byte FirstByte { get; } = FirstByteOf(kind);

    /// <summary>How much of the text is read for certain: what is beyond that may yet become an escape.</summary>
    public int Certain => _read;

    /// <summary>How many bytes are certain.</summary>
    public int CertainLength => _length;

    /// <summary>How many of the bytes that were read last one escape stands for, if it is the text's end.</summary>
    public int LengthOfLast
    {
        get
        {
            var length = 1;
            while (!_hasRest && length < _length && _positions[_length - length - 1] == _positions[_length - 1])
            {
                length++;
            }

            return length;
        }
    }

    /// <summary>The byte that escapes of a kind begin with.</summary>
    public static byte FirstByteOf(EscapeKind kind) => kind switch
    {
        EscapeKind.Percent => (byte)'%',
        EscapeKind.Quoted => (byte)'=',
        EscapeKind.Backslash => (byte)'\\',
        _ => (byte)'&',
    };

    /// <summary>The kind whose escapes begin with a byte, one of <see cref="Escape.FirstBytes"/>.</summary>
    public static EscapeKind KindOf(byte first) => first switch
    {
        (byte)'%' => EscapeKind.Percent,
        (byte)'=' => EscapeKind.Quoted,
        (byte)'\\' => EscapeKind.Backslash,
        _ => EscapeKind.Entity,
    };

    /// <summary>Reads on, up to the end of the text.</summary>
    /// <param name="text">The text, which begins as it did before; it may end earlier.</param>
    /// <returns>The text undone.</returns>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> text)
    {
        if (_bytes.Length < text.Length)
        {
            Grow(text.Length);
        }

        if (text.Length < _read)
        {
            GoBack(text.Length - Escape.MaxLength);
        }

        while (_read < text.Length)
        {
            var plain = text[_read..].IndexOf(FirstByte);
            AddPlain(text, plain < 0 ? text.Length - _read : plain);
            var rest = text[_read..];
            if (rest.IsEmpty)
            {
                break;
            }

            if (Escape.TryReadFirst(rest, kind, out var escape))
            {
                Add(escape);
            }
            else if (Escape.IsUnfinished(rest))
            {
                break;
            }
            else
            {
                AddPlain(text, 1);
            }
        }

        _hasRest = _read < text.Length;
        text[_read..].CopyTo(_bytes.Writable[_length..]);
        return _bytes.Span[..(_length + text.Length - _read)];
    }

    /// <summary>Where in the text a byte comes from.</summary>
    public int PositionOf(int index) => index < _length ? _positions[index] : _read + index - _length;

    /// <summary>Where the first occurrence may begin that a text ends with: escaped line breaks that stand for nothing end it, if three are in a row. Else what is held would have no end.</summary>
    public int AfterEndlessBreaks(ReadOnlySpan<byte> text)
    {
        var (inRow, second, end) = (0, text.Length, text.Length);
        while (kind is EscapeKind.Quoted or EscapeKind.Backslash && text[..end].LastIndexOf((byte)'\n') is > 0 and var feed)
        {
            var start = text[feed - 1] == '\r' ? feed - 2 : feed - 1;
            if (start < 0 || text[start] != FirstByte)
            {
                (inRow, end) = (0, feed);
                continue;
            }

            inRow = feed + 1 == end ? inRow + 1 : 1;
            if (inRow == 3)
            {
                return second;
            }

            (second, end) = (start, start);
        }

        return 0;
    }

    /// <summary>The beginning of the text is not needed any more.</summary>
    /// <param name="count">How much of it; no escape is cut in two.</param>
    /// <returns>How many undone bytes that were.</returns>
    public int Drop(int count)
    {
        var dropped = 0;
        while (dropped < _length && _positions[dropped] < count)
        {
            dropped++;
        }

        _length -= dropped;
        _read = Math.Max(0, _read - count);
        _bytes.Span.Slice(dropped, _length).CopyTo(_bytes.Writable);
        for (var i = 0; i < _length; i++)
        {
            _positions[i] = _positions[i + dropped] - count;
        }

        return dropped;
    }

    /// <summary>What is read next is another text.</summary>
    public void Clear()
    {
        _bytes.Writable[.._length].Clear();
        (_length, _read) = (0, 0);
    }

    public void Dispose() => _bytes.Dispose();

    // To the beginning of what is read at this place, which is no longer than an escape.
    private void GoBack(int place)
    {
        var index = Array.BinarySearch(_positions, 0, _length, place);
        index = index >= 0 ? index : ~index - 1;
        while (index > 0 && _positions[index - 1] == _positions[index])
        {
            index--;
        }

        (_length, _read) = index < 0 ? (0, 0) : (index, _positions[index]);
    }

    // An escape never stands for more bytes than it has.
    private void Grow(int size)
    {
        using var outgrown = _bytes;
        _bytes = new SecretBytes(Math.Max(2 * outgrown.Length, size));
        outgrown.Span[.._length].CopyTo(_bytes.Writable);
        Array.Resize(ref _positions, _bytes.Length);
    }

    private void AddPlain(ReadOnlySpan<byte> text, int count)
    {
        text.Slice(_read, count).CopyTo(_bytes.Writable[_length..]);
        for (var i = 0; i < count; i++)
        {
            _positions[_length++] = _read++;
        }
    }

    private void Add(Escape escape)
    {
        Span<byte> undone = stackalloc byte[4];
        foreach (var value in undone[..escape.WriteUndone(undone)])
        {
            _bytes.Writable[_length] = value;
            _positions[_length++] = _read;
        }

        _read += escape.Length;
    }
}
