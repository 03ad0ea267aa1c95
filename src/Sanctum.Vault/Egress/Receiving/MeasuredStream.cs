namespace Sanctum.Egress.Receiving;

/// <summary>
/// A body as it came, which has to be as long as the response said. .NET's client sees to that over HTTP/1.1, and over HTTP/2 takes what
/// comes until the stream ends, however it ends.
/// </summary>
/// <param name="content">The body.</param>
/// <param name="length">How long it has to be; null when nobody said.</param>
internal sealed class MeasuredStream(Stream content, long? length) : ReadOnlyStream
{
    private const int MaxLeft = 64 * 1024;

    private long _count;

    /// <summary>How many bytes have come.</summary>
    public long Count => _count;

    /// <exception cref="InvalidDataException">It is shorter or longer.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _count += count;
        return _count <= (length ?? long.MaxValue) && (count > 0 || buffer.IsEmpty || _count == (length ?? _count)) ? count
            : throw new InvalidDataException("the body is not as long as the response said");
    }

    /// <summary>Reads what a decoder has left, which is nothing in most cases: only at its end is a body known to be whole.</summary>
    public async Task ReadToEndAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        for (var left = MaxLeft; await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count; left -= count)
        {
            if (left < count)
            {
                throw new InvalidDataException("the body goes on after the end of what it holds");
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
        }

        base.Dispose(disposing);
    }
}
