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

    private const int SixBits = 0x3F;

    private static readonly byte[][] UnfoldedText = Folding.Unfold(Folding.Text);
    private static readonly byte[][] UnfoldedBase64 = Folding.Unfold(Folding.Base64);

    // Folded. Followed by zeroes up to a whole word.
    private readonly SecretBytes _elements;
    private readonly byte[] _folding;
    private readonly byte _firstMask = byte.MaxValue;
    private readonly byte _lastMask = byte.MaxValue;

    /// <summary>Text as it stands, in any case.</summary>
    public Form(ReadOnlySpan<byte> text)
        : this(text.Length, Folding.Text)
    {
        var elements = _elements.Writable;
        for (var i = 0; i < text.Length; i++)
        {
            elements[i] = _folding[text[i]];
        }
    }

    /// <summary>The base64 of a longer text, in which the secret begins after a multiple of three bytes and <paramref name="offset"/> more.</summary>
    /// <remarks>
    /// The first and the last character may hold bits of what is around the secret; they match whatever those are.
    /// <code>
    /// offset 1:   ........|ssssssss|ssssssss|........
    ///             ......|..ssss|ssssss|ssssss|......      three characters hold it, two bits of the first are not the secret's
    /// </code>
    /// </remarks>
    public Form(ReadOnlySpan<byte> secret, int offset)
        : this(LengthInBase64(secret.Length, offset), Folding.Base64)
    {
        MayBreak = true;
        var before = 8 * offset % 6;
        var after = (6 * Length) - before - (8 * secret.Length);
        var elements = _elements.Writable;

        // Six bits at a time out of two bytes, of which the first begins at a multiple of eight; what is around the secret is zeroes.
        for (var (i, bit) = (0, 8 - before); i < Length; i++, bit += 6)
        {
            var two = (ByteAt(secret, (bit / 8) - 1) << 8) | ByteAt(secret, bit / 8);
            elements[i] = (byte)((two >> (10 - (bit % 8))) & SixBits);
        }

        // The two high bits tell a character that is not in the alphabet.
        _firstMask = (byte)((SixBits >> before) | ~SixBits);
        _lastMask = (byte)((SixBits << after) | ~SixBits);
    }

    private Form(int length, byte[] folding) =>
        (Length, _folding, _elements) = (length, folding, new SecretBytes((length + WordSize - 1) / WordSize * WordSize));

    /// <summary>How many elements there are.</summary>
    public int Length { get; }

    /// <summary>Whether a line break may stand between two elements.</summary>
    public bool MayBreak { get; }

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

    /// <summary>Which bytes match an element.</summary>
    /// <param name="index">Which element.</param>
    /// <param name="bytes">Takes them; 256 are room enough.</param>
    /// <returns>How many there are.</returns>
    public int Spellings(int index, Span<byte> bytes)
    {
        var element = _elements.Span[index];
        var mask = (byte)((index == 0 ? _firstMask : byte.MaxValue) & (index == Length - 1 ? _lastMask : byte.MaxValue));
        var unfolded = MayBreak ? UnfoldedBase64 : UnfoldedText;
        if (mask == byte.MaxValue)
        {
            unfolded[element].CopyTo(bytes);
            return unfolded[element].Length;
        }

        // Only base64 has masks.
        var count = 0;
        for (var value = 0; value <= SixBits; value++)
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
        if (text.Length < Length)
        {
            return false;
        }

        var elements = _elements.Span[..Length];
        var bytes = text[^Length..];
        for (var i = Length - 2; i > 0; i--)
        {
            if (_folding[bytes[i]] != elements[i])
            {
                return false;
            }
        }

        return (_folding[bytes[0]] & _firstMask) == elements[0] && (_folding[bytes[^1]] & _lastMask) == elements[^1];
    }

    public void Dispose() => _elements.Dispose();

    private static int LengthInBase64(int length, int offset) => ((8 * offset % 6) + (8 * length) + 5) / 6;

    private static int ByteAt(ReadOnlySpan<byte> secret, int index) => (uint)index < (uint)secret.Length ? secret[index] : 0;

    private static ulong With(ulong bits, int index, bool value) => value ? bits | (1ul << index) : bits & ~(1ul << index);
}
