namespace Sanctum.Daemon.Tests;

/// <summary>The system's clock, whose time of day can be set and whose time can be made to pass.</summary>
internal sealed class ClockSetBack : TimeProvider
{
    private long _passed;

    /// <summary>How far the time of day is off.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>Makes so much time pass at once, for whoever looks at the clock. Timers stay as they are.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, time.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset + TimeSpan.FromTicks(Interlocked.Read(ref _passed));

    public override long GetTimestamp() => base.GetTimestamp() + (long)(TimeSpan.FromTicks(Interlocked.Read(ref _passed)).TotalSeconds * TimestampFrequency);
}
