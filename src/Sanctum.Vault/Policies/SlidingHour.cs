namespace Sanctum.Policies;

/// <summary>The times of one hour's calls, oldest first.</summary>
internal sealed class SlidingHour
{
    // The largest limit that a policy can have: more than this many are never asked about.
    private const int MaxTimes = 100_000;

    // So many that are over may lie before those that count.
    private const int MaxIdle = 64;

    private static readonly TimeSpan Length = TimeSpan.FromHours(1);

    private readonly List<DateTimeOffset> _times = [];
    private int _first;

    private int Count => _times.Count - _first;

    /// <summary>Whether so many calls have been made, and if so for how many whole seconds yet; at least one.</summary>
    public bool IsSpent(int limit, DateTimeOffset now, out TimeSpan retryAfter)
    {
        DropBefore(now);
        var isSpent = Count >= limit;
        retryAfter = isSpent ? UntilFree(Count - limit, now) : default;
        return isSpent;
    }

    /// <summary>Whether more calls than that have been made, so that the last of them may not be.</summary>
    public bool IsOver(int limit, DateTimeOffset now, out TimeSpan retryAfter)
    {
        DropBefore(now);
        var isOver = Count > limit;
        retryAfter = isOver ? UntilFree(Count - 1 - limit, now) : default;
        return isOver;
    }

    public void Add(DateTimeOffset time)
    {
        DropBefore(time);
        _first += Count == MaxTimes ? 1 : 0;
        _times.Add(time);
    }

    /// <summary>Takes the last one back: it was not made.</summary>
    public void TakeBack()
    {
        if (Count > 0)
        {
            _times.RemoveAt(_times.Count - 1);
        }
    }

    // With more than the limit in the hour (a clock that was set back), all that are too many have to leave.
    private TimeSpan UntilFree(int index, DateTimeOffset now) =>
        TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((_times[_first + index] + Length - now).TotalSeconds)));

    private void DropBefore(DateTimeOffset now)
    {
        while (Count > 0 && now - _times[_first] >= Length)
        {
            _first++;
        }

        if (_first > MaxIdle && _first > Count)
        {
            _times.RemoveRange(0, _first);
            _first = 0;
        }
    }
}
