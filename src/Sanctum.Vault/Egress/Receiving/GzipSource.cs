using System.IO.Hashing;
using System.Security.Cryptography;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// What a member of gzip content is read from. A decoder reads ahead and does not tell where the member ended. So it never gets more than
/// up to where a member could end.
/// </summary>
/// <remarks>
/// A member's data can only end eight bytes (check sum and length) before the content does, or before what begins as a member does. The byte before
/// such a place is handed out alone. So when a decoder is through, and the check sum and length that come next are right, and then the content ends or
/// another member begins, then it was that byte that the decoder ended with: nothing was skipped.
/// </remarks>
internal sealed class GzipSource(Stream content) : ReadOnlyStream
{
    /// <summary>How long check sum and length are.</summary>
    public const int Trailer = 8;

    private const int Capacity = 16 * 1024;

    // What looks like a beginning everywhere would have the decoder called for every byte or two; in other content it comes by chance, once in 16 MiB.
    private const int FreePieces = 16 * 1024;
    private const int BytesOfPiece = 32;

    private readonly byte[] _buffer = new byte[Capacity];
    private int _start, _end;
    private bool _complete;
    private long _given;
    private long _pieces;

    /// <summary>How every member begins: two bytes that identify gzip, and the one method there is.</summary>
    public static ReadOnlySpan<byte> Magic => [0x1F, 0x8B, 8];

    /// <summary>Whether there is nothing more.</summary>
    public async ValueTask<bool> IsAtEndAsync(CancellationToken cancellationToken) =>
        _start == _end && !await FillAsync(1, cancellationToken).ConfigureAwait(false);

    /// <summary>The next bytes, whatever they are.</summary>
    /// <exception cref="InvalidDataException">There are not so many.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int count, CancellationToken cancellationToken)
    {
        if (!await FillAsync(count, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidDataException("the content is truncated");
        }

        _start += count;
        return _buffer.AsMemory(_start - count, count);
    }

    /// <summary>Goes over so many bytes, which count towards a sum.</summary>
    /// <exception cref="InvalidDataException">There are not so many.</exception>
    public async ValueTask SkipAsync(int count, Crc32 sum, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var ahead = await AheadAsync(cancellationToken).ConfigureAwait(false);
            var part = Math.Min(count, ahead);
            Skip(part, sum);
            count -= part;
        }
    }

    /// <summary>Goes over a text and the zero that ends it.</summary>
    /// <returns>How long both are.</returns>
    /// <exception cref="InvalidDataException">It is longer than that, or does not end.</exception>
    public async ValueTask<int> SkipTextAsync(int maxLength, Crc32 sum, CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            var ahead = await AheadAsync(cancellationToken).ConfigureAwait(false);
            var zero = _buffer.AsSpan(_start, ahead).IndexOf((byte)0);
            var part = zero < 0 ? ahead : zero + 1;
            length += part;
            if (length > maxLength)
            {
                throw new InvalidDataException("a name or comment is too long");
            }

            Skip(part, sum);
            if (zero >= 0)
            {
                return length;
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await FillAsync(1 + Trailer + Magic.Length, cancellationToken).ConfigureAwait(false);
        var upToEnd = CountUpToEnd();
        var count = Math.Min(buffer.Length, upToEnd);
        _given += count;
        _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            CryptographicOperations.ZeroMemory(_buffer);
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> AheadAsync(CancellationToken cancellationToken) =>
        await IsAtEndAsync(cancellationToken).ConfigureAwait(false) ? throw new InvalidDataException("the content is truncated") : _end - _start;

    private void Skip(int count, Crc32 sum)
    {
        sum.Append(_buffer.AsSpan(_start, count));
        _start += count;
    }

    // How many bytes there are before the one that data could end with; if that is the next one, only it.
    private int CountUpToEnd()
    {
        var ahead = _buffer.AsSpan(_start, _end - _start);
        var known = _complete ? ahead.Length : ahead.Length - Trailer - Magic.Length;
        var end = ahead.Length > Trailer ? ahead[(Trailer + 1)..].IndexOf(Magic) + 1 : 0;
        if (end > 0 && ++_pieces > FreePieces + (_given / BytesOfPiece))
        {
            throw new InvalidDataException("the content could end at too many places");
        }

        if (end == 0 && _complete)
        {
            end = ahead.Length - Trailer;
        }

        return end == 1 ? 1 : end > 1 ? end - 1 : known;
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count && !_complete)
        {
            // A few bytes at most, since no more than a header's worth is ever asked for.
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var read = await content.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _complete = read == 0;
            _end += read;
        }

        return _end - _start >= count;
    }
}
