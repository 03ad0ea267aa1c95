namespace Sanctum.Egress.Receiving;

/// <summary>Decoded content that is only taken for complete if it is: .NET's decoders take content that was cut off for content that ended.</summary>
/// <param name="decoded">What the decoder makes.</param>
/// <param name="isWhole">Whether the decoder came to the end of what it decodes.</param>
internal sealed class WholeStream(Stream decoded, Func<bool> isWhole) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await decoded.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return count > 0 || buffer.IsEmpty || isWhole() ? count : throw new InvalidDataException("the content is truncated");
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
