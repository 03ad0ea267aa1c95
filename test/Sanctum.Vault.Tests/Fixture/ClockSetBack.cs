namespace Sanctum.Tests.Fixture;

/// <summary>A clock whose time of day can be set, as an operating system's can; time passes on it as on another one.</summary>
internal sealed class ClockSetBack(TimeProvider passing) : TimeProvider
{
    /// <summary>How far the time of day is off.</summary>
    public TimeSpan Offset { get; set; }

    public override TimeZoneInfo LocalTimeZone => passing.LocalTimeZone;

    public override long TimestampFrequency => passing.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => passing.GetUtcNow() + Offset;

    public override long GetTimestamp() => passing.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        passing.CreateTimer(callback, state, dueTime, period);
}
