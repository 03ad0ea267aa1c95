namespace Sanctum.Daemon.Admin;

/// <summary>A process, or the parent of processes, that passphrases come from.</summary>
internal sealed class Guesser : IDisposable
{
    // 0.25 s after the first wrong one that counts, doubling up to 8 s: a few slips cost nothing, a guesser gets 10,000 tries a day.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.25);
    private const int MostDoublings = 5;

    private readonly SemaphoreSlim _one = new(1);
    private readonly int _free;
    private int _wrong;
    private long _wrongAt;

    /// <param name="free">How many wrong ones cost nothing.</param>
    public Guesser(int free) => _free = free;

    /// <summary>How many of its attempts are under way. Changed under the gate's lock alone.</summary>
    public int Inside { get; set; }

    /// <summary>Whether none of its attempts was wrong.</summary>
    public bool IsInnocent => _wrong == 0;

    /// <summary>Waits until none of its other attempts is under way and its delay is over. Whoever returns from it calls <see cref="Release"/>.</summary>
    public async Task WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (WaitOf(time) is { } wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            _one.Release();
            throw;
        }
    }

    public void Release() => _one.Release();

    public void Wrong(TimeProvider time) => (_wrong, _wrongAt) = (_wrong + 1, time.GetTimestamp());

    public void Right() => _wrong = 0;

    /// <summary>Whether nothing is lost by forgetting it.</summary>
    public bool IsOver(TimeProvider time, TimeSpan after) => Inside == 0 && (_wrong == 0 || time.GetElapsedTime(_wrongAt) > after);

    public void Dispose() => _one.Dispose();

    private TimeSpan WaitOf(TimeProvider time) => _wrong <= _free
        ? TimeSpan.Zero
        : (FirstDelay * (1 << Math.Min(_wrong - _free - 1, MostDoublings))) - time.GetElapsedTime(_wrongAt);
}
