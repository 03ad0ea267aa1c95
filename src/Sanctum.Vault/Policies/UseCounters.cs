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
    /// Whether a call that was counted here is still within each limit: other daemons can have used up what was free. Where it is not, it is not counted any more.
    /// </summary>
    public bool TryKeep(Decision decision, DateTimeOffset now, out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (!decision.IsLimited)
        {
            return true;
        }

        lock (_lock)
        {
            var isOver = false;
            foreach (var (policy, action) in decision.Grants)
            {
                if (HourlyLimit.Of(policy, action) is { } limit && HourOf(new Key(policy.Name, decision.Agent.Value, action)).IsOver(limit, now, out var wait))
                {
                    isOver = true;
                    retryAfter = wait > retryAfter ? wait : retryAfter;
                }
            }

            foreach (var (policy, action) in decision.Grants)
            {
                if (isOver && HourlyLimit.Of(policy, action) is not null)
                {
                    HourOf(new Key(policy.Name, decision.Agent.Value, action)).TakeBack();
                }
            }

            return !isOver;
        }
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
