using Sanctum.Leases;

namespace Sanctum.Sealing;

/// <summary>
/// The time by which things expire. It is the system's clock as long as that goes forward; when that is set back, this one goes on by the time that
/// really passes, so that nothing lives longer for it.
/// </summary>
internal sealed class VaultClock
{
    // Two readings differ a little by themselves; a clock that was set back differs by more.
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly long _start;

    // The most, in ticks, that the system's clock has been ahead of the time since the start.
    private long _origin;

    public VaultClock(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _origin = time.GetUtcNow().UtcTicks;
    }

    /// <summary>Never earlier than it was before.</summary>
    public DateTimeOffset Now => Read(out _);

    /// <summary>How far the system's clock is behind this one; zero where the difference is none to speak of.</summary>
    public TimeSpan Behind
    {
        get
        {
            var behind = Read(out var wall) - wall;
            return behind < Noticeable ? TimeSpan.Zero : behind;
        }
    }

    /// <summary>Makes sure that this clock is not behind a time that was seen before.</summary>
    public void NotBefore(DateTimeOffset seen) => Raise(seen.UtcTicks - Elapsed());

    /// <summary>A time of this clock as a time of the system's, which is the one that callers have.</summary>
    public DateTimeOffset Shown(DateTimeOffset time) => time - Behind;

    /// <summary>A lease with its times as times of the system's clock.</summary>
    public Lease Shown(Lease lease)
    {
        var behind = Behind;
        return behind == TimeSpan.Zero ? lease : lease with { CreatedAt = lease.CreatedAt - behind, ExpiresAt = lease.ExpiresAt - behind };
    }

    private DateTimeOffset Read(out DateTimeOffset wall)
    {
        // In this order: a pause between the two readings then makes the difference smaller, which changes nothing.
        wall = _time.GetUtcNow();
        var elapsed = Elapsed();
        return new DateTimeOffset(Raise(wall.UtcTicks - elapsed) + elapsed, TimeSpan.Zero);
    }

    private long Elapsed() => _time.GetElapsedTime(_start).Ticks;

    private long Raise(long origin)
    {
        var known = Volatile.Read(ref _origin);
        while (origin > known)
        {
            var seen = Interlocked.CompareExchange(ref _origin, origin, known);
            if (seen == known)
            {
                return origin;
            }

            known = seen;
        }

        return known;
    }
}
