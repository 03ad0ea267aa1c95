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
        for (var i = 0; i < text.Length; i++)
        {
            _elements.Writable[i] = _folding[text[i]];
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
        for (var i = 0; i < Length; i++)
        {
            var (bits, mask) = (0, 0);
            for (var bit = (6 * i) - before; bit < (6 * (i + 1)) - before; bit++)
            {
                var within = bit >= 0 && bit < 8 * secret.Length;
                bits = (bits << 1) | (within ? (secret[bit / 8] >> (7 - (bit % 8))) & 1 : 0);
                mask = (mask << 1) | (within ? 1 : 0);
            }

            // The two high bits tell a character that is not in the alphabet.
            _elements.Writable[i] = (byte)bits;
            _firstMask = i == 0 ? (byte)(mask | 0xC0) : _firstMask;
            _lastMask = (byte)(mask | 0xC0);
        }
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
        if (mask == byte.MaxValue)
        {
            var unfolded = (MayBreak ? UnfoldedBase64 : UnfoldedText)[element];
            unfolded.CopyTo(bytes);
            return unfolded.Length;
        }

        var count = 0;
        for (var value = 0; value <= byte.MaxValue; value++)
        {
            if ((_folding[value] & mask) == element)
            {
                bytes[count++] = (byte)value;
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

    private static ulong With(ulong bits, int index, bool value) => value ? bits | (1ul << index) : bits & ~(1ul << index);
}
