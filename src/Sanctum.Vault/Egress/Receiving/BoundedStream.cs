namespace Sanctum.Egress.Receiving;

/// <summary>A stream that has an end, whatever writes it.</summary>
/// <param name="content">The stream.</param>
/// <param name="maxBytes">How much it may have.</param>
/// <param name="told">The limit that a refusal tells, in bytes.</param>
internal sealed class BoundedStream(Stream content, long maxBytes, int told) : ReadOnlyStream
{
    private long _count;

    /// <exception cref="VaultException">It has more than that; response too large.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _count += count;
        return _count <= maxBytes ? count : throw Errors.ResponseTooLarge(told);
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
