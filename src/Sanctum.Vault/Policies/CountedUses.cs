using Sanctum.Agents;
using Sanctum.Audit;

namespace Sanctum.Policies;

/// <summary>What an entry of the log says was used up of hourly limits.</summary>
internal static class CountedUses
{
    private static readonly PolicyActions[] Limited = [PolicyActions.Retrieve, PolicyActions.Use];

    /// <summary>Whether any policy limits anything.</summary>
    public static bool AreThere(IReadOnlyList<Policy> policies) =>
        policies.Any(policy => HourlyLimit.Of(policy, PolicyActions.Use) is not null || HourlyLimit.Of(policy, PolicyActions.Retrieve) is not null);

    /// <summary>Each limit that an entry counts against. What was decided against names no policies; what was granted was counted then, however it went on.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="policies">The policies there are.</param>
    public static IEnumerable<CountedUse> Of(AuditEntry entry, IReadOnlyList<Policy> policies)
    {
        // Whoever tried to sign in under what is no name is in the log too, as agent:? with nothing to count.
        if (entry.Policies.Count == 0
            || !entry.Actor.StartsWith(Actors.AgentPrefix, StringComparison.Ordinal)
            || !AgentName.TryParse(entry.Actor[Actors.AgentPrefix.Length..], out var agent))
        {
            yield break;
        }

        var counted = AuditActions.CountedBy(entry);
        foreach (var policy in policies.Where(policy => entry.Policies.Contains(policy.Name)))
        {
            foreach (var action in Limited)
            {
                if ((counted & policy.Actions & action) != PolicyActions.None && HourlyLimit.Of(policy, action) is { } limit)
                {
                    yield return new CountedUse(policy.Name, agent, action, limit);
                }
            }
        }
    }
}

/// <summary>One use of what a policy limits.</summary>
internal readonly record struct CountedUse(string Policy, AgentName Agent, PolicyActions Action, int Limit);
