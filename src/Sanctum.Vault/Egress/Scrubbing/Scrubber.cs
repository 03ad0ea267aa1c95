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
/// <item>its bytes, ASCII letters in any case; also with quotes doubled, and in Latin-1 and Windows-1252 where that makes a difference;</item>
/// <item>at least 16 bytes and three quarters of these bytes, from their start or their end;</item>
/// <item>its UTF-16, little- and big-endian;</item>
/// <item>its part of the base64, base32 or base32hex of any text that holds it, with up to two line breaks between two characters; with it go the
/// characters that hold other bits as well;</item>
/// <item>its bytes as numbers in any <see cref="Notation"/>, with up to twelve <see cref="Separators"/> between two;</item>
/// <item>each of these with any of its bytes escaped once in any way that <see cref="Escape"/> knows, and with a plus for a space. An escape
/// may be meant as a byte or as a character, whose UTF-8 it then stands for;</item>
/// <item>each of these in a text of which all escapes of one <see cref="EscapeKind"/> are undone first.</item>
/// </list>
/// Not found: numbers that are padded in other ways, or with more between two; encodings of encodings beyond that, base64 in another case, compression, encryption, a secret in pieces: their number has no end, and an
/// upstream that means to give the secret away does.
/// A marker and the text beside it may by chance spell a secret that has a part of the marker in it; nobody can tell.
/// <para>
/// Held back is only what may yet become an occurrence of some secret like this one, as <see cref="Beginnings"/> has it, where an escape that is not complete may become anything;
/// of a long secret also what comes until it is worth asking. What may become one is never longer than such a secret with each byte, and each of the most breaks between two, spelled in the longest escapes.
/// That memory is pinned and zeroed. See <see cref="Spotter"/> about the time it takes, and <see cref="SearchEffort"/> about its limit.
/// </para>
/// </remarks>
internal sealed class Scrubber : IDisposable
{
    private const int BlockSize = 16 * 1024;
    private const int LongForm = 2048;

    private readonly bool _keepsLength;
    private readonly Readings _readings;
    private readonly Spotter[] _spotters;
    private readonly int _longest;

    // In their order, apart from one another; what was found in the text that is held.
    private readonly List<Occurrence> _occurrences = [];
    private readonly List<Occurrence> _found = [];

    // The text that is held, its length, and what of it has been given on or replaced already: an occurrence that ends here may reach into one that does not yet.
    private SecretBytes _text = new(0);
    private int _length;
    private int _done;

    // What came since it was last asked what may be given on: asked about each byte, a long text that is held would be read again for each.
    private int _unjudged;

    // Whether what was scanned last is another text.
    private bool _hasOther;

    /// <param name="needles">What is looked for.</param>
    /// <param name="keepsLength">Whether what stands for an occurrence is as long as it: in formats that tell lengths before what they are about.</param>
    public Scrubber(Needles needles, bool keepsLength = false)
    {
        _keepsLength = keepsLength;
        _longest = needles.All.Select(needle => needle.Longest).DefaultIfEmpty().Max();
        _readings = new(needles.All, _longest);
        _spotters = [.. needles.All.Select(needle => new Spotter(needle, _readings))];
    }

    /// <summary>What stands for an occurrence.</summary>
    public static ReadOnlySpan<byte> Marker => "[REDACTED]"u8;

    /// <summary>How many occurrences have been replaced.</summary>
    public int Found { get; private set; }

    /// <summary>Whether there is any, also in what is still held.</summary>
    public bool HasFound => Found > 0 || _occurrences.Count > 0;

    /// <summary>Takes a piece of the stream, and writes what is certain by now.</summary>
    public void Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var block = chunk[..Math.Min(chunk.Length, BlockSize)];
            Take(block);
            if (_unjudged >= Patience)
            {
                Give(_readings.FindBeginning(_text.Span[.._length]), output);
            }

            chunk = chunk[block.Length..];
        }
    }

    /// <summary>Writes what is certain by now, however little came since: somebody waits for it.</summary>
    public void Flush(IBufferWriter<byte> output)
    {
        if (_unjudged > 0)
        {
            Give(_readings.FindBeginning(_text.Span[.._length]), output);
        }
    }

    /// <summary>Ends the stream, and writes the rest. What is written after that is another stream.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        Give(_length, output);
        Restart(0);
    }

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

    /// <summary>Whether a needle is in a text, after another has ended. It is read where it lies, without a copy, up to the first that is found.</summary>
    /// <param name="text">The text as far as it is to be searched.</param>
    /// <param name="start">What is before this was searched by the call before.</param>
    /// <param name="withParts">Whether parts of needles count.</param>
    public bool Finds(ReadOnlySpan<byte> text, int start = 0, bool withParts = true)
    {
        _readings.SkipsParts = !withParts;
        if (start == 0)
        {
            Restart(text.Length);
        }

        _readings.Earn(text.Length - start);
        while (start < text.Length && _found.Count == 0)
        {
            var end = Math.Min(text.Length, start + BlockSize);
            foreach (var spotter in _spotters)
            {
                spotter.Scan(text[..end], start, _found);
            }

            start = end;
        }

        var found = _found.Count > 0;
        _found.Clear();
        (_hasOther, _readings.SkipsParts) = (true, false);
        return found;
    }

    public void Dispose()
    {
        _text.Dispose();
        _readings.Dispose();
    }

    // How much is taken before it is asked what may be given on. Of a long secret that costs as much as a long text.
    private int Patience => Math.Max(_length / 16, _longest <= LongForm ? 0 : 4 * _longest);

    private void Restart(int length)
    {
        _hasOther = false;
        _readings.Restart(length);
        foreach (var spotter in _spotters)
        {
            spotter.Restart();
        }
    }

    private void Take(ReadOnlySpan<byte> block)
    {
        if (_hasOther)
        {
            Restart(0);
        }

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
        _readings.Earn(block.Length);
        foreach (var spotter in _spotters)
        {
            spotter.Scan(_text.Span[.._length], start, _found);
        }

        _found.ForEach(Add);
        _found.Clear();
    }

    // Those that overlap are one. Mostly they come in their order.
    private void Add(Occurrence occurrence)
    {
        var index = _occurrences.Count;
        for (; index > 0 && _occurrences[index - 1].End > occurrence.Start; index--)
        {
            var other = _occurrences[index - 1];
            if (other.Start < occurrence.End)
            {
                occurrence = new(Math.Min(occurrence.Start, other.Start), Math.Max(occurrence.End, other.End));
                _occurrences.RemoveAt(index - 1);
            }
        }

        _occurrences.Insert(index, occurrence);
    }

    // One that reaches into the one before has been begun already.
    private static void WriteAsLong(int length, IBufferWriter<byte> output)
    {
        for (; length > 0; length--)
        {
            output.Write("*"u8);
        }
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
                Found++;
                if (!_keepsLength)
                {
                    output.Write(Marker);
                }
            }

            if (_keepsLength)
            {
                WriteAsLong(occurrence.End - Math.Max(_done, occurrence.Start), output);
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

        _readings.Drop(end);
        text[end..].CopyTo(text);
        _length -= end;
        _done -= end;
        _unjudged = 0;
    }
}
