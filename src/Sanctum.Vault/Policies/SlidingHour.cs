namespace Sanctum.Policies;

/// <summary>The times of one hour's calls, oldest first.</summary>
internal sealed class SlidingHour
{
    // The largest limit that a policy can have: more than this many are never asked about.
    private const int MaxTimes = 100_000;

    private static readonly TimeSpan Length = TimeSpan.FromHours(1);

    private readonly Queue<DateTimeOffset> _times = new();

    /// <summary>Whether so many calls have been made, and if so for how many whole seconds yet; at least one.</summary>
    public bool IsSpent(int limit, DateTimeOffset now, out TimeSpan retryAfter)
    {
        DropBefore(now);
        retryAfter = default;
        if (_times.Count < limit)
        {
            return false;
        }

        // With more than the limit in the hour (a clock that was set back), all that are too many have to leave.
        var leaves = _times.ElementAt(_times.Count - limit) + Length;
        retryAfter = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((leaves - now).TotalSeconds)));
        return true;
    }

    public void Add(DateTimeOffset time)
    {
        DropBefore(time);
        if (_times.Count == MaxTimes)
        {
            _times.Dequeue();
        }

        _times.Enqueue(time);
    }

    private void DropBefore(DateTimeOffset now)
    {
        while (_times.TryPeek(out var oldest) && now - oldest >= Length)
        {
            _times.Dequeue();
        }
    }
}
