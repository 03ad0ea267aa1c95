namespace Sanctum.Egress.Receiving;

/// <summary>Decoded content that is only taken for complete if it is: .NET's decoders take content that was cut off for content that ended.</summary>
/// <param name="decoded">What the decoder makes.</param>
/// <param name="isWhole">Whether so many bytes were all.</param>
internal sealed class WholeStream(Stream decoded, Predicate<long> isWhole) : ReadOnlyStream
{
    private long _count;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await decoded.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _count += count;
        return count > 0 || buffer.IsEmpty || isWhole(_count) ? count : throw new InvalidDataException("the content breaks off");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoded.Dispose();
        }

        base.Dispose(disposing);
    }
}
