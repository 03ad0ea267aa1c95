namespace Sanctum.Egress.Receiving;

/// <summary>What a decoder makes of a <see cref="MeteredInput"/>; its memory is the agent's.</summary>
/// <param name="decoder">The decoder, with its input.</param>
/// <param name="meter">What counts.</param>
/// <param name="memory">What it holds.</param>
internal sealed class MeteredDecoder(Stream decoder, DecodingMeter meter, DecoderMemory memory) : ReadOnlyStream
{
    /// <exception cref="VaultException">There is no memory for it; rate limited.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        memory.TakeFor(meter.Out + buffer.Length);
        meter.Start();
        try
        {
            var count = await decoder.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            meter.CountOut(count);
            return count;
        }
        finally
        {
            meter.Stop();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder.Dispose();
            memory.Dispose();
        }

        base.Dispose(disposing);
    }
}
