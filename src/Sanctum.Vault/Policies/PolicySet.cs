using System.Collections.Concurrent;
using System.Numerics;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Destinations;

namespace Sanctum.Policies;

/// <summary>
/// All policies at one moment. Decides, and never changes: a changed policy is a new set. The grants are a union per policy;
/// the action of one is never joined with the resource or the conditions of another.
/// </summary>
internal sealed class PolicySet
{
    // Only names that authenticated or that an operator simulates get here; a cap all the same, as names are free to choose.
    private const int MaxCachedAgents = 4096;

    private readonly CompiledPolicy[] _policies;
    private readonly Func<CredentialPath, IReadOnlyList<string>> _tagsOf;
    private readonly ConcurrentDictionary<string, CompiledPolicy[]> _byAgent = new(StringComparer.Ordinal);

    /// <param name="policies">The policies.</param>
    /// <param name="tagsOf">A credential's tags at this moment; without it there are none.</param>
    public PolicySet(IEnumerable<Policy> policies, Func<CredentialPath, IReadOnlyList<string>>? tagsOf = null)
        : this([.. policies.Select(policy => new CompiledPolicy(policy, tagsOf ?? Untagged))], tagsOf ?? Untagged)
    {
    }

    private PolicySet(CompiledPolicy[] policies, Func<CredentialPath, IReadOnlyList<string>> tagsOf)
    {
        (_policies, _tagsOf) = (policies, tagsOf);
        All = [.. _policies.Select(compiled => compiled.Policy)];
    }

    public IReadOnlyList<Policy> All { get; }

    /// <summary>These policies after a change, of which nobody sees a half.</summary>
    /// <param name="put">Policies that are new, or take the place of those of their names.</param>
    /// <param name="removed">Names of policies that go.</param>
    public PolicySet After(IReadOnlyCollection<Policy> put, IReadOnlySet<string> removed)
    {
        var replacements = put.ToDictionary(policy => policy.Name, StringComparer.Ordinal);
        List<CompiledPolicy> after = [];
        foreach (var known in _policies.Where(known => !removed.Contains(known.Policy.Name)))
        {
            after.Add(replacements.Remove(known.Policy.Name, out var replacement) ? new CompiledPolicy(replacement, _tagsOf, known.Lineage) : known);
        }

        return new PolicySet([.. after, .. put.Where(policy => replacements.ContainsKey(policy.Name)).Select(policy => new CompiledPolicy(policy, _tagsOf))], _tagsOf);
    }

    /// <summary>
    /// The policy that still grants what one granted: the same, or what has replaced it, but not one of the same name that was added after it was removed. Null where it is
    /// granted no more. How often it was used does not matter here: see <see cref="UseCounters.TryKeep"/>.
    /// </summary>
    public Policy? StillGranting(in Grant grant, in DecisionRequest request)
    {
        foreach (var candidate in _policies)
        {
            if (ReferenceEquals(candidate.Lineage, grant.Lineage))
            {
                // A credential that has lost a tag is another one to a policy that names it.
                var grants = ReferenceEquals(candidate.Policy, grant.Policy) ? candidate.Covers(request.Path) : candidate.GrantsLike(grant, request);
                return grants ? candidate.Policy : null;
            }
        }

        return null;
    }

    /// <summary>Whether some policy lets the agent have secrets, under conditions that may be met or not.</summary>
    public bool MightDiscloseTo(AgentName agent) => ApplyingTo(agent).Any(candidate => candidate.Policy.Actions.HasFlag(PolicyActions.Retrieve));

    /// <summary>Decides; counts nothing. See <see cref="UseCounters.TryCount"/>.</summary>
    public Decision Decide(DecisionRequest request, UseCounters counters)
    {
        List<Grant> grants = [];
        List<Miss>? misses = null;
        var granted = PolicyActions.None;
        foreach (var candidate in ApplyingTo(request.Agent))
        {
            var asked = candidate.Policy.Actions & request.Actions;
            if (asked == PolicyActions.None || !candidate.Covers(request.Path))
            {
                continue;
            }

            for (var rest = (int)asked; rest != 0; rest &= rest - 1)
            {
                var action = (PolicyActions)(1 << BitOperations.TrailingZeroCount(rest));
                var unmet = candidate.FirstUnmet(request, action, counters, out var retryAfter);
                if (unmet == UnmetCondition.None)
                {
                    granted |= action;
                    grants.Add(new Grant(candidate.Policy, action) { Lineage = candidate.Lineage });
                }
                else
                {
                    (misses ??= []).Add(new Miss(candidate.Policy, action, unmet, retryAfter));
                }
            }
        }

        // No action at all can't be allowed.
        return granted == request.Actions && granted != PolicyActions.None
            ? Decision.Allow(request, grants)
            : Decision.Deny(request, request.Actions & ~granted, misses ?? []);
    }

    /// <summary>Whether the agent may ever do anything with the credential: what a list shows. Conditions don't matter here.</summary>
    public bool HoldsAnyGrant(AgentName agent, CredentialPath path) => MightGrant(agent, (PolicyActions)~0, path);

    /// <summary>Whether some policy grants one of these actions under some conditions, met or not.</summary>
    public bool MightGrant(AgentName agent, PolicyActions actions, CredentialPath path)
    {
        foreach (var candidate in ApplyingTo(agent))
        {
            if ((candidate.Policy.Actions & actions) != PolicyActions.None && candidate.Covers(path))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The names of the actions that policies grant under some conditions, met or not.</summary>
    public IReadOnlyList<string> ActionsOn(AgentName agent, CredentialPath path) => ActionNames.Each(action => MightGrant(agent, action, path));

    /// <summary>The policies that let an agent connect to a host now; none when it may not.</summary>
    public IReadOnlyList<Policy> LettingConnect(AgentName agent, Origin origin, Moment now) =>
        [.. ApplyingTo(agent).Where(candidate => candidate.LetsConnect(origin, now)).Select(candidate => candidate.Policy)];

    /// <summary>Whether one of them spells out this very address, which may be a private one then.</summary>
    public bool SpellsOut(AgentName agent, Origin origin, Moment now) => ApplyingTo(agent).Any(candidate => candidate.LetsConnect(origin, now, exactly: true));

    /// <summary>The policies that let an agent call a tool now; none when it may not.</summary>
    public IReadOnlyList<Policy> LettingCall(AgentName agent, ToolName tool, Moment now) =>
        [.. ApplyingTo(agent).Where(candidate => candidate.LetsCall(tool, now)).Select(candidate => candidate.Policy)];

    private static IReadOnlyList<string> Untagged(CredentialPath path) => [];

    private CompiledPolicy[] ApplyingTo(AgentName agent)
    {
        if (_byAgent.TryGetValue(agent.Value, out var known))
        {
            return known;
        }

        CompiledPolicy[] applying = [.. _policies.Where(policy => policy.AppliesTo(agent.Value))];
        if (_byAgent.Count < MaxCachedAgents)
        {
            _byAgent[agent.Value] = applying;
        }

        return applying;
    }
}
