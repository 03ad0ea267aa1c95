namespace Sanctum.Daemon.Rpc;

/// <summary>What the calls of one agent hold of the <see cref="RequestMemory"/>, on all its connections.</summary>
internal sealed class MemoryShare(RequestMemory all)
{
    // What a call needs for each byte of its request: the frame, what it is parsed into, and a reply of its size.
    private const int PerRequestByte = 4;

    // A frame of this size is not counted: a connection's places for calls bound them, and most calls are no larger.
    private const int Uncounted = 1024;

    private long _held;

    /// <summary>How many bytes. Changed by <see cref="RequestMemory"/> alone, under its lock.</summary>
    public ref long Held => ref _held;

    /// <summary>What a call with a request of so many bytes is counted as.</summary>
    public static long CostOf(long requestBytes) => requestBytes <= Uncounted ? 0 : requestBytes * PerRequestByte;

    /// <summary>What a reply is counted as until it has been read.</summary>
    public static long CostOfReply(long replyBytes) => replyBytes <= Uncounted ? 0 : replyBytes * 2;

    /// <summary>The most that it can ever have.</summary>
    public long Most => all.MostOfAgent;

    // Who holds nothing begins small calls also where others owe: they would otherwise keep it out.
    public bool TryTake(long count) => (count == 0 && Volatile.Read(ref _held) == 0) || all.TryTake(this, count);

    public Task TakeAsync(long count, CancellationToken cancellationToken) => all.TakeAsync(this, count, cancellationToken);

    public void Adjust(long difference)
    {
        if (difference != 0)
        {
            all.Adjust(this, difference);
        }
    }
}
