using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// One form that a secret takes, such as its hex digits: a row of elements, each of which a text may spell in several ways
/// (raw or as an <see cref="Escape"/>). What is spelled is a byte; which bytes an element matches is said here.
/// </summary>
internal sealed class Form : IDisposable
{
    /// <summary>How many elements <see cref="Matching"/> looks at in one go.</summary>
    public const int WordSize = 64;

    // Folded. Followed by zeroes up to a whole word.
    private readonly SecretBytes _elements;

    // Of a list, a bit for each element before which a number may begin. How long numbers are tells about the secret.
    private readonly SecretBytes? _starts;
    private readonly byte[] _folding;
    private readonly byte _bits = byte.MaxValue;
    private readonly byte _firstMask = byte.MaxValue;
    private readonly byte _lastMask = byte.MaxValue;

    /// <summary>Text as it stands, in any case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="breaks"><see cref="Breaks.None"/> or <see cref="Breaks.Raw"/>.</param>
    public Form(ReadOnlySpan<byte> text, Breaks breaks = Breaks.None)
        : this(text.Length, Folding.Text, breaks)
    {
        var elements = _elements.Writable;
        for (var i = 0; i < text.Length; i++)
        {
            elements[i] = _folding[text[i]];
        }
    }

    /// <summary>The numbers of its bytes.</summary>
    public Form(ReadOnlySpan<byte> secret, Notation notation)
        : this(notation.LengthOf(secret), Folding.Text, Breaks.List)
    {
        _starts = new SecretBytes(_elements.Length / 8);
        var starts = MemoryMarshal.Cast<byte, ulong>(_starts.Writable);
        var at = 0;
        foreach (var value in secret)
        {
            starts[at / WordSize] |= 1ul << (at % WordSize);
            notation[value].CopyTo(_elements.Writable[at..]);
            at += notation[value].Length;
        }
    }

    /// <summary>
    /// The base64 or base32 of a longer text, in which the secret begins after a multiple of what makes whole characters and
    /// <paramref name="offset"/> bytes more.
    /// </summary>
    /// <param name="secret">The secret.</param>
    /// <param name="offset">For base64 0 to 2, for base32 0 to 4.</param>
    /// <param name="bits">How many bits a character stands for: 6 or 5.</param>
    /// <param name="folding">Which character stands for which.</param>
    /// <remarks>
    /// The first and the last character may hold bits of what is around the secret; they match whatever those are.
    /// <code>
    /// offset 1:   ........|ssssssss|ssssssss|........
    ///             ......|..ssss|ssssss|ssssss|......      three characters hold it, two bits of the first are not the secret's
    /// </code>
    /// </remarks>
    public Form(ReadOnlySpan<byte> secret, int offset, int bits, byte[] folding)
        : this(LengthInBase(secret.Length, offset, bits), folding, Breaks.Lines)
    {
        _bits = (byte)((1 << bits) - 1);
        var before = 8 * offset % bits;
        var after = (bits * Length) - before - (8 * secret.Length);
        var elements = _elements.Writable;

        // So many bits at a time out of two bytes, of which the first begins at a multiple of eight; what is around the secret is zeroes.
        for (var (i, bit) = (0, 8 - before); i < Length; i++, bit += bits)
        {
            var two = (ByteAt(secret, (bit / 8) - 1) << 8) | ByteAt(secret, bit / 8);
            elements[i] = (byte)((two >> (16 - bits - (bit % 8))) & _bits);
        }

        // The high bits tell a character that is not in the alphabet.
        _firstMask = (byte)((_bits >> before) | ~_bits);
        _lastMask = (byte)((_bits << after) | ~_bits);
    }

    private Form(int length, byte[] folding, Breaks breaks) =>
        (Length, _folding, Breaks, _elements) = (length, folding, breaks, new SecretBytes((length + WordSize - 1) / WordSize * WordSize));

    /// <summary>How many elements there are.</summary>
    public int Length { get; }

    /// <summary>What may stand between two elements.</summary>
    public Breaks Breaks { get; }

    /// <summary>The elements that are matched as they are, without the first and the last, which may be matched in part.</summary>
    public ReadOnlySpan<byte> Inner => _elements.Span[1..(Length - 1)];

    /// <summary>Of <see cref="WordSize"/> elements, a bit for each that a byte matches; of what is beyond the last one, nonsense.</summary>
    public ulong Matching(int word, byte value)
    {
        var folded = _folding[value];
        var elements = _elements.Span;
        var matching = Vector512.Equals(Vector512.Create(elements.Slice(word * WordSize, WordSize)), Vector512.Create(folded)).ExtractMostSignificantBits();
        if (word == 0)
        {
            matching = With(matching, 0, (folded & _firstMask) == elements[0]);
        }

        var last = Length - 1;
        return word == last / WordSize ? With(matching, last % WordSize, (folded & _lastMask) == elements[last]) : matching;
    }

    /// <summary>Of <see cref="WordSize"/> elements, a bit for each that a break may stand before.</summary>
    public ulong MayBreakBefore(int word)
    {
        var starts = _starts is null ? ulong.MaxValue : word * sizeof(ulong) < _starts.Length ? MemoryMarshal.Cast<byte, ulong>(_starts.Span)[word] : 0;
        return word == 0 ? starts & ~1ul : starts;
    }

    /// <summary>Whether a break may stand before an element.</summary>
    public bool MayBreakBeforeElement(int index) => (MayBreakBefore(index / WordSize) & (1ul << (index % WordSize))) != 0;

    /// <summary>What a byte counts as.</summary>
    public byte Fold(byte value) => _folding[value];

    /// <summary>Which bytes match an element.</summary>
    /// <param name="index">Which element.</param>
    /// <param name="bytes">Takes them; 256 are room enough.</param>
    /// <returns>How many there are.</returns>
    public int Spellings(int index, Span<byte> bytes)
    {
        var element = _elements.Span[index];
        var mask = MaskOf(index);
        var unfolded = Folding.UnfoldedOf(_folding);
        if (mask == byte.MaxValue)
        {
            unfolded[element].CopyTo(bytes);
            return unfolded[element].Length;
        }

        // Only bases have masks.
        var count = 0;
        for (var value = 0; value <= _bits; value++)
        {
            if ((value & mask) == element)
            {
                unfolded[value].CopyTo(bytes[count..]);
                count += unfolded[value].Length;
            }
        }

        return count;
    }

    /// <summary>Whether the text's last bytes match, each being itself.</summary>
    public bool IsPlainEndOf(ReadOnlySpan<byte> text)
    {
        if (!HasEdgesAtEndOf(text))
        {
            return false;
        }

        var inner = Inner;
        var bytes = text[(text.Length - Length + 1)..];
        for (var i = inner.Length - 1; i >= 0; i--)
        {
            if (_folding[bytes[i]] != inner[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the first and the last element match where they stand if the form ends with the text, each byte being itself.</summary>
    public bool HasEdgesAtEndOf(ReadOnlySpan<byte> text) =>
        text.Length >= Length
        && (_folding[text[^Length]] & _firstMask) == _elements.Span[0]
        && (_folding[text[^1]] & _lastMask) == _elements.Span[Length - 1];

    public void Dispose()
    {
        _elements.Dispose();
        _starts?.Dispose();
    }

    private static int LengthInBase(int length, int offset, int bits) => ((8 * offset % bits) + (8 * length) + bits - 1) / bits;

    private static int ByteAt(ReadOnlySpan<byte> secret, int index) => (uint)index < (uint)secret.Length ? secret[index] : 0;

    private static ulong With(ulong bits, int index, bool value) => value ? bits | (1ul << index) : bits & ~(1ul << index);

    private byte MaskOf(int index) => (byte)((index == 0 ? _firstMask : byte.MaxValue) & (index == Length - 1 ? _lastMask : byte.MaxValue));
}
