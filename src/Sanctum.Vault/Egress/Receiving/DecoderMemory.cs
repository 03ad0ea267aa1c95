namespace Sanctum.Egress.Receiving;

/// <summary>
/// What a decoder holds besides what it has given out: tables, and a window of what came out last. It is outside of .NET's heap, and so has to be
/// counted by hand.
/// </summary>
/// <param name="budget">What it is taken from.</param>
/// <param name="tables">What every decoder of this kind holds.</param>
/// <param name="window">The largest window that fills while content comes out; 0 where it is taken in one piece.</param>
internal sealed class DecoderMemory(MemoryBudget budget, int tables, int window) : IDisposable
{
    // So that not every piece asks.
    private const int Step = 256 * 1024;

    private int _held;

    /// <summary>Deflate's: a window of 32 KiB (RFC 1951, section 2), its tables, and buffers.</summary>
    public static DecoderMemory OfDeflate(MemoryBudget budget) => new(budget, tables: 64 * 1024, window: 0);

    /// <summary>Zstandard's: the window fills as blocks of at most 128 KiB come out (RFC 8878, section 3.1.1.2.4).</summary>
    public static DecoderMemory OfZstd(MemoryBudget budget, int windowLog) => new(budget, tables: 512 * 1024, window: (1 << windowLog) + Step);

    /// <summary>Brotli's: up to a whole window may be decoded before the first byte comes out, so it is taken whole: <see cref="TakeWindow"/>.</summary>
    public static DecoderMemory OfBrotli(MemoryBudget budget) => new(budget, tables: 1024 * 1024, window: 0);

    /// <summary>Takes what brotli's window needs, which the first byte of its content tells.</summary>
    /// <exception cref="VaultException">There is not so much left for this agent; rate limited.</exception>
    public void TakeWindow(byte first) => Take(_held + BrotliWindow.SizeOf(first));

    /// <summary>Takes what it holds when so many bytes have come out.</summary>
    /// <exception cref="VaultException">There is not so much left for this agent; rate limited.</exception>
    public void TakeFor(long bytes)
    {
        var needed = tables + (int)Math.Min(window, (bytes + Step - 1) / Step * Step);
        if (needed > _held)
        {
            Take(needed);
        }
    }

    public void Dispose()
    {
        budget.Return(_held);
        _held = 0;
    }

    private void Take(int all)
    {
        budget.Take(all - _held);
        _held = all;
    }
}
