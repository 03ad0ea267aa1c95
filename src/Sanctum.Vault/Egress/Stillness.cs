namespace Sanctum.Egress;

/// <summary>Ends an exchange in which nothing moves for too long. What waits for the other side is watched; a reader who takes its time is not.</summary>
internal sealed class Stillness : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _over;
    private int _watched;

    /// <param name="limit">The longest time in which nothing may move.</param>
    /// <param name="time">The clock.</param>
    public Stillness(TimeSpan limit, TimeProvider time) => (_limit, _over) = (limit, new CancellationTokenSource(Timeout.InfiniteTimeSpan, time));

    /// <summary>The longest time in which nothing may move.</summary>
    public TimeSpan Limit => _limit;

    /// <summary>Cancelled when nothing has moved for that long.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Something is waited for, until what this returns is disposed.</summary>
    public Watched Watch()
    {
        Interlocked.Increment(ref _watched);
        Moved();
        return new Watched(this);
    }

    /// <summary>Something moved.</summary>
    public void Moved()
    {
        if (Volatile.Read(ref _watched) > 0)
        {
            _over.CancelAfter(_limit);
        }
    }

    public void Dispose() => _over.Dispose();

    private void Unwatch()
    {
        if (Interlocked.Decrement(ref _watched) == 0)
        {
            _over.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A wait that is watched.</summary>
    internal readonly struct Watched(Stillness stillness) : IDisposable
    {
        public void Dispose() => stillness.Unwatch();
    }
}
