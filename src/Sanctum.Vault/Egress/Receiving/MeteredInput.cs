using System.Diagnostics;

namespace Sanctum.Egress.Receiving;

/// <summary>What a decoder reads from. In small pieces: between two of them it is looked at what the last one cost, and others get their turn on the thread.</summary>
/// <param name="content">What is encoded.</param>
/// <param name="meter">What counts.</param>
/// <param name="onFirst">Told of the first byte, before the decoder is.</param>
internal sealed class MeteredInput(Stream content, DecodingMeter meter, Action<byte>? onFirst = null) : ReadOnlyStream
{
    private const int PieceSize = 4096;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    private long _turn = Stopwatch.GetTimestamp();
    private Action<byte>? _onFirst = onFirst;

    /// <exception cref="InvalidDataException">The decoder has taken more than its content is worth.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        meter.Stop();
        if (Stopwatch.GetElapsedTime(_turn) > Turn)
        {
            await Task.Yield();
            _turn = Stopwatch.GetTimestamp();
        }

        var count = await content.ReadAsync(buffer[..Math.Min(buffer.Length, PieceSize)], cancellationToken).ConfigureAwait(false);
        meter.CountIn(count);
        if (count > 0)
        {
            _onFirst?.Invoke(buffer.Span[0]);
            _onFirst = null;
        }

        meter.Start();
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
