using System.Security.Cryptography;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// What a member of gzip content is read from. A decoder reads ahead and does not tell how far into it the member went, so it is never given more than
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

    private readonly byte[] _buffer = new byte[Capacity];
    private int _start, _end;
    private bool _complete;

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
            throw new InvalidDataException("the content breaks off");
        }

        _start += count;
        return _buffer.AsMemory(_start - count, count);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await FillAsync(1 + Trailer + Magic.Length, cancellationToken).ConfigureAwait(false);
        var count = Math.Min(buffer.Length, CountUpToEnd());
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

    // How many bytes there are before the one that data could end with; if that is the next one, only it.
    private int CountUpToEnd()
    {
        var ahead = _buffer.AsSpan(_start, _end - _start);
        var known = _complete ? ahead.Length : ahead.Length - Trailer - Magic.Length;
        var end = ahead.Length > Trailer ? ahead[(Trailer + 1)..].IndexOf(Magic) + 1 : 0;
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
