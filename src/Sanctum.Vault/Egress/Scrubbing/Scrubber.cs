using System.Buffers;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// Takes one stream of bytes and gives it on with every occurrence of the <see cref="Needles"/> replaced by <c>[REDACTED]</c>, wherever it is cut into
/// chunks. Occurrences that overlap are replaced as one. For one thread at a time.
/// </summary>
/// <remarks>
/// What is found of each needle, and nothing else:
/// <list type="bullet">
/// <item>its bytes, ASCII letters in any case;</item>
/// <item>its hex digits;</item>
/// <item>its UTF-16, little- and big-endian;</item>
/// <item>its part of the base64 of any text that holds it, in both alphabets, also mixed, with up to two line breaks between two characters; with it go the
/// characters that hold other bits as well;</item>
/// <item>each of these with any of its bytes escaped once in any way that <see cref="Escape"/> knows, percent also twice, and with a plus for a space. An escape
/// may be meant as a byte or as a character, whose UTF-8 it then stands for.</item>
/// </list>
/// Not found: encodings of encodings beyond that (the base64 of an escaped secret, JSON within JSON), base64 in another case, compression, encryption, other
/// bases, a secret in pieces: their number has no end, and an upstream that means to give the secret away does.
/// A marker and the text beside it may by chance spell a secret that has a part of the marker in it; nobody can tell.
/// <para>
/// Held back is only what may yet become an occurrence, where an escape that is not complete may become anything: at most 46 bytes
/// for each of the longest needle's, and 64 more (base64 with each character in an escape of twelve bytes, after two line breaks of eleven), and a sixteenth
/// of that. That memory is pinned and zeroed. See <see cref="Spotter"/> about the time it takes.
/// </para>
/// </remarks>
internal sealed class Scrubber(Needles needles) : IDisposable
{
    private const int BlockSize = 16 * 1024;

    private readonly Spotter[] _spotters = [.. needles.All.Select(needle => new Spotter(needle))];
    private readonly BackwardSearch _search = new(needles.All.SelectMany(needle => needle.Forms).Select(form => form.Length).DefaultIfEmpty().Max());

    // In the order of their beginnings; what was found in the text that is held.
    private readonly List<Occurrence> _occurrences = [];

    // The text that is held, its length, and what of it has been given on or replaced already: an occurrence that ends here may reach into one that does not yet.
    private SecretBytes _text = new(0);
    private int _length;
    private int _done;

    // What came since it was last asked what may be given on: asked about each byte, a long text that is held would be read again for each.
    private int _unjudged;

    /// <summary>What stands for an occurrence.</summary>
    public static ReadOnlySpan<byte> Marker => "[REDACTED]"u8;

    /// <summary>How many occurrences have been replaced.</summary>
    public int Found { get; private set; }

    /// <summary>Takes a piece of the stream, and writes what is certain by now.</summary>
    public void Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var block = chunk[..Math.Min(chunk.Length, BlockSize)];
            Take(block);
            if (_unjudged >= _length / 16)
            {
                Give(FindBeginning(), output);
            }

            chunk = chunk[block.Length..];
        }
    }

    /// <summary>Ends the stream, and writes the rest. What is written after that is another stream.</summary>
    public void Complete(IBufferWriter<byte> output) => Give(_length, output);

    /// <summary>Takes the last piece of the stream. As nothing follows, what could have become an occurrence need not be looked for.</summary>
    public void Complete(ReadOnlySpan<byte> last, IBufferWriter<byte> output)
    {
        var all = last.Length <= BlockSize;
        Write(all ? default : last[..^BlockSize], output);
        Take(all ? last : last[^BlockSize..]);
        Complete(output);
    }

    /// <summary>Takes a stream that is whole, after another has ended. Writes it only if something in it was replaced.</summary>
    /// <returns>Whether something was; if not, it may go out as it is, whatever was written.</returns>
    public bool TryReplace(ReadOnlySpan<byte> whole, IBufferWriter<byte> output)
    {
        if (whole.Length <= BlockSize && !Finds(whole))
        {
            return false;
        }

        var before = Found;
        Complete(whole, output);
        return Found > before;
    }

    public void Dispose() => _text.Dispose();

    /// <summary>Whether a needle is in a text, after another has ended. It is read where it lies, without a copy, up to the first that is found.</summary>
    /// <param name="text">The text as far as it is to be searched.</param>
    /// <param name="start">What is before this was searched by the call before.</param>
    public bool Finds(ReadOnlySpan<byte> text, int start = 0)
    {
        while (start < text.Length && _occurrences.Count == 0)
        {
            var end = Math.Min(text.Length, start + BlockSize);
            foreach (var spotter in _spotters)
            {
                spotter.Scan(text[..end], start, _search, _occurrences);
            }

            start = end;
        }

        var found = _occurrences.Count > 0;
        _occurrences.Clear();
        return found;
    }

    private void Take(ReadOnlySpan<byte> block)
    {
        var start = _length;
        if (_text.Length < start + block.Length)
        {
            using var outgrown = _text;
            _text = new SecretBytes(Math.Max(2 * outgrown.Length, start + block.Length));
            outgrown.Span[..start].CopyTo(_text.Writable);
        }

        block.CopyTo(_text.Writable[start..]);
        _length += block.Length;
        _unjudged += block.Length;
        foreach (var spotter in _spotters)
        {
            spotter.Scan(_text.Span[.._length], start, _search, _occurrences);
        }

        if (_occurrences.Count > 1)
        {
            _occurrences.Sort((one, other) => one.Start.CompareTo(other.Start));
        }
    }

    private int FindBeginning()
    {
        var text = _text.Span[.._length];
        Span<int> unfinished = stackalloc int[Escape.MaxLength];
        var count = 0;
        for (var i = Math.Max(0, text.Length - Escape.MaxLength + 1); i < text.Length; i++)
        {
            if (Escape.FirstBytes.Contains(text[i]) && Escape.IsUnfinished(text[i..]))
            {
                unfinished[count++] = i;
            }
        }

        var beginning = text.Length;
        foreach (var needle in needles.All)
        {
            foreach (var form in needle.Forms)
            {
                beginning = Math.Min(beginning, _search.FindBeginning(form, text, unfinished[..count]));
            }
        }

        return beginning;
    }

    // Decides about the text up to here. No occurrence that is found later begins before it.
    private void Give(int end, IBufferWriter<byte> output)
    {
        var text = _text.Writable[.._length];
        var decided = 0;
        for (; decided < _occurrences.Count && _occurrences[decided].Start < end; decided++)
        {
            var occurrence = _occurrences[decided];
            if (occurrence.Start >= _done)
            {
                output.Write(text[_done..occurrence.Start]);
                output.Write(Marker);
                Found++;
            }

            _done = Math.Max(_done, occurrence.End);
        }

        if (_done < end)
        {
            output.Write(text[_done..end]);
            _done = end;
        }

        _occurrences.RemoveRange(0, decided);
        for (var i = 0; i < _occurrences.Count; i++)
        {
            _occurrences[i] = new(_occurrences[i].Start - end, _occurrences[i].End - end);
        }

        text[end..].CopyTo(text);
        _length -= end;
        _done -= end;
        _unjudged = 0;
    }
}
