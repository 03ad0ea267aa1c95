namespace Sanctum.Egress.Receiving;

/// <summary>What a decoder reads from: remembers how the encoded content ended, which the decoders do not tell.</summary>
internal sealed class WatchedStream(Stream content) : ReadOnlyStream
{
    /// <summary>How many bytes have been read.</summary>
    public long Count { get; private set; }

    /// <summary>Whether somebody wanted to read on when there was nothing more.</summary>
    public bool SawEnd { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Count += count;
        SawEnd |= count == 0 && !buffer.IsEmpty;
        return count;
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
