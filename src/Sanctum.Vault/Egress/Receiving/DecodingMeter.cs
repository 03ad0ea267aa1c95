namespace Sanctum.Egress.Receiving;

/// <summary>
/// What one decoder takes in, gives out and costs. Encoded content is made by whoever responds, and a few bytes of it can ask for much work: blocks and
/// frames of nothing, tables that are built anew for every byte. So what is decoded has to be worth its size and its time.
/// </summary>
internal sealed class DecodingMeter
{
    /// <summary>What may come in before anything goes out: what decoders read ahead, and headers.</summary>
    public const int FreeBytes = 256 * 1024;

    // Encodings make things smaller. A stream of tiny events, each flushed, is the worst of the honest kind: seven bytes for two.
    private const int MostInForOut = 8;

    // Honest content takes a tenth of this on a slow machine. The first part is for what is compiled or loaded at the first use.
    private static readonly TimeSpan FreeTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TimeForMebibyte = TimeSpan.FromMilliseconds(100);

    private long _in;
    private TimeSpan _since;
    private int _thread;

    /// <summary>How many bytes came out.</summary>
    public long Out { get; private set; }

    /// <summary>How much of a processor the decoder has used.</summary>
    public TimeSpan Used { get; private set; }

    /// <exception cref="InvalidDataException">More came in than what came out is worth, or it took more time.</exception>
    public void CountIn(int count)
    {
        _in += count;
        if (_in > FreeBytes + (MostInForOut * Out) || Used > FreeTime + (TimeForMebibyte * ((_in + Out) / (1024.0 * 1024))))
        {
            throw new InvalidDataException("the content costs too much to decode");
        }
    }

    public void CountOut(int count) => Out += count;

    /// <summary>The decoder goes on.</summary>
    public void Start() => (_since, _thread) = (ThreadTime.Now, Environment.CurrentManagedThreadId);

    /// <summary>The decoder waits for more, or has given what it has. Between the two it may have changed threads: then it had nothing to do.</summary>
    public void Stop()
    {
        if (_thread == Environment.CurrentManagedThreadId)
        {
            Used += ThreadTime.Now - _since;
        }

        _thread = 0;
    }
}
