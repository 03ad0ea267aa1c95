using Sanctum.Agents;

namespace Sanctum.Policies;

/// <summary>
/// How often each agent was granted what, under each policy that limits it, in the hour that ends now. A sliding hour, not a
/// clock hour: there is no moment at which an agent could spend two limits at once.
/// </summary>
internal sealed class UseCounters
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, SlidingHour> _hours = [];
    private DateTimeOffset _spentUntil;

    /// <summary>
    /// Counts the call in every granting policy that limits it: in all of them, or, when one of them has no room any more
    /// because a racing call took the last, in none; then it has to be decided again.
    /// </summary>
    public bool TryCount(Decision decision, DecisionRequest request)
    {
        if (!decision.IsLimited)
        {
            return decision.Allowed;
        }

        lock (_lock)
        {
            if (request.Now.Counted < _spentUntil)
            {
                return false;
            }

            foreach (var (policy, action) in decision.Grants)
            {
                if (HourlyLimit.Of(policy, action) is { } limit && HourOf(new Key(policy.Name, request.Agent.Value, action)).IsSpent(limit, request.Now.Counted, out _))
                {
                    return false;
                }
            }

            foreach (var (policy, action) in decision.Grants)
            {
                if (HourlyLimit.Of(policy, action) is not null)
                {
                    HourOf(new Key(policy.Name, request.Agent.Value, action)).Add(request.Now.Counted);
                }
            }

            return decision.Allowed;
        }
    }

    /// <summary>
    /// Whether a call that was granted is within each limit as it is now: other daemons can have used up what was free, or lowered it, or limited what was not limited before.
    /// Then it is counted against each of them; otherwise against none.
    /// </summary>
    /// <param name="decision">The decision.</param>
    /// <param name="counted">For each of its grants, whether the call is counted already; brought in line.</param>
    /// <param name="policies">The policies as they are now.</param>
    /// <param name="now">The time.</param>
    /// <param name="retryAfter">Where it is not: after how many whole seconds there is room again.</param>
    public bool TryKeep(Decision decision, bool[] counted, PolicySet policies, DateTimeOffset now, out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (decision.LimitsIn(policies) is not { } limits)
        {
            return true;
        }

        lock (_lock)
        {
            var isOver = false;
            for (var i = 0; i < limits.Length; i++)
            {
                if (limits[i] is { } limit && !HasRoom(HourOf(KeyOf(decision, i)), limit, counted[i], now, out var wait))
                {
                    isOver = true;
                    retryAfter = wait > retryAfter ? wait : retryAfter;
                }
            }

            for (var i = 0; i < limits.Length; i++)
            {
                if (limits[i] is not null)
                {
                    Count(HourOf(KeyOf(decision, i)), ref counted[i], !isOver, now);
                }
            }

            return !isOver;
        }
    }

    /// <summary>For each grant of a decision, whether <see cref="TryCount"/> counts it.</summary>
    public static bool[] CountedOf(Decision decision)
    {
        var counted = new bool[decision.Grants.Count];
        for (var i = 0; i < counted.Length; i++)
        {
            counted[i] = HourlyLimit.Of(decision.Grants[i].Policy, decision.Grants[i].Action) is not null;
        }

        return counted;
    }

    /// <summary>Whether an agent has had its limit, and if so after how many whole seconds there is room again.</summary>
    public bool IsSpent(string policy, AgentName agent, PolicyActions action, int limit, DateTimeOffset now, out TimeSpan retryAfter)
    {
        lock (_lock)
        {
            retryAfter = now < _spentUntil ? _spentUntil - now : default;
            return now < _spentUntil || _hours.TryGetValue(new Key(policy, agent.Value, action), out var hour) && hour.IsSpent(limit, now, out retryAfter);
        }
    }

    /// <summary>Takes every hourly limit for spent until a time: what was used before is not known.</summary>
    public void SpendUntil(DateTimeOffset time)
    {
        lock (_lock)
        {
            _spentUntil = time;
        }
    }

    /// <summary>Counts what the audit log says was granted, in order of time; a restart must not give a new limit.</summary>
    public void Restore(string policy, AgentName agent, PolicyActions action, DateTimeOffset time)
    {
        lock (_lock)
        {
            HourOf(new Key(policy, agent.Value, action)).Add(time);
        }
    }

    /// <summary>Forgets a policy that was removed: another one of the same name starts from nothing.</summary>
    public void Forget(string policy)
    {
        lock (_lock)
        {
            foreach (var key in _hours.Keys.Where(key => string.Equals(key.Policy, policy, StringComparison.Ordinal)).ToArray())
            {
                _hours.Remove(key);
            }
        }
    }

    private static Key KeyOf(Decision decision, int grant) => new(decision.Grants[grant].Policy.Name, decision.Agent.Value, decision.Grants[grant].Action);

    private static void Count(SlidingHour hour, ref bool isCounted, bool counts, DateTimeOffset now)
    {
        if (counts && !isCounted)
        {
            hour.Add(now);
        }
        else if (!counts && isCounted)
        {
            hour.TakeBack();
        }

        isCounted = counts;
    }

    private bool HasRoom(SlidingHour hour, int limit, bool isCounted, DateTimeOffset now, out TimeSpan wait)
    {
        if (isCounted)
        {
            return !hour.IsOver(limit, now, out wait);
        }

        wait = _spentUntil - now;
        return now >= _spentUntil && !hour.IsSpent(limit, now, out wait);
    }

    private SlidingHour HourOf(Key key)
    {
        if (!_hours.TryGetValue(key, out var hour))
        {
            _hours[key] = hour = new SlidingHour();
        }

        return hour;
    }

    private readonly record struct Key(string Policy, string Agent, PolicyActions Action);
}
