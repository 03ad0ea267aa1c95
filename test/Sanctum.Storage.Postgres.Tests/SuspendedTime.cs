namespace Sanctum.Storage.Postgres.Tests;

/// <summary>The system's clocks on a machine that was suspended: the time of day has gone on, and what counts the time that passes has not.</summary>
internal sealed class SuspendedTime : TimeProvider
{
    private long _suspended;

    /// <summary>The machine was suspended for so long.</summary>
    public void Suspend(TimeSpan time) => Interlocked.Add(ref _suspended, time.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _suspended));
}
