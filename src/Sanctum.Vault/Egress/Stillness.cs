namespace Sanctum.Egress;

/// <summary>
/// Ends an exchange in which nothing moves for too long. What waits for the other side is watched; a reader who takes its time is not. Where nothing tells it of
/// movement, the limit is for all of it.
/// </summary>
internal sealed class Stillness : IDisposable
{
    private readonly CancellationTokenSource _going;
    private readonly CancellationTokenRegistration _onEnding;
    private int _watched;
    private bool _stopped;
    private bool _disposed;

    /// <param name="limit">The longest time in which nothing may move.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ending">Ends the exchange as well.</param>
    public Stillness(TimeSpan limit, TimeProvider time, CancellationToken ending)
    {
        (Limit, Ending) = (limit, ending);
        _going = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Going = _going.Token;
        _onEnding = ending.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _going);
    }

    /// <summary>The longest time in which nothing may move.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Cancelled when it can't go on, whatever it does.</summary>
    public CancellationToken Ending { get; }

    /// <summary>Cancelled also when nothing has moved for too long, and when it was stopped.</summary>
    public CancellationToken Going { get; }

    /// <summary>Whether nothing has moved for too long.</summary>
    public bool IsOver => Going.IsCancellationRequested && !Ending.IsCancellationRequested && !Volatile.Read(ref _stopped);

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
            _going.CancelAfter(Limit);
        }
    }

    /// <summary>Ends what is waited for, so that it can be let go of.</summary>
    public void Stop()
    {
        lock (_going)
        {
            if (!_disposed)
            {
                Volatile.Write(ref _stopped, true);

                // What hangs on it must not run under the lock.
                _ = _going.CancelAsync();
            }
        }
    }

    public void Dispose()
    {
        _onEnding.Dispose();
        lock (_going)
        {
            _disposed = true;
            _going.Dispose();
        }
    }

    private void Unwatch()
    {
        if (Interlocked.Decrement(ref _watched) == 0)
        {
            _going.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A wait that is watched.</summary>
    internal readonly struct Watched(Stillness stillness) : IDisposable
    {
        public void Dispose() => stillness.Unwatch();
    }
}
