using Sanctum.Agents;

namespace Sanctum.Policies;

/// <summary>A policy grants one of the actions asked for.</summary>
internal readonly record struct Grant(Policy Policy, PolicyActions Action)
{
    /// <summary>The same for a policy and for what replaces it; see <see cref="CompiledPolicy.Lineage"/>.</summary>
    public object? Lineage { get; init; }
}

/// <summary>A policy is about one of the actions asked for, and does not grant it now.</summary>
internal readonly record struct Miss(Policy Policy, PolicyActions Action, UnmetCondition Unmet, TimeSpan RetryAfter);

/// <summary>What was decided, and by which policies.</summary>
internal sealed class Decision
{
    private readonly DecisionRequest _request;
    private readonly IReadOnlyList<Miss> _misses;

    private Decision(DecisionRequest request, IReadOnlyList<Grant> grants, IReadOnlyList<Miss> misses) =>
        (_request, Grants, _misses) = (request, grants, misses);

    public bool Allowed => Code is null;

    /// <summary>What it is about: all that was asked for when it is allowed, otherwise what nothing grants.</summary>
    public PolicyActions Actions => _request.Actions;

    /// <summary>Who asked.</summary>
    public AgentName Agent => _request.Agent;

    /// <summary>Why not: access denied, rate limited or approval required. Null when allowed.</summary>
    public VaultErrorCode? Code { get; private init; }

    /// <summary>When rate limited: how long to wait, in whole seconds, at least one.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The policies that grant it, each once; none when it is not allowed.</summary>
    public IReadOnlyList<Policy> Policies { get; private init; } = [];

    /// <summary>Whether all of the policies that grant it limit the paths of requests.</summary>
    public bool LimitsPaths => Policies.Count > 0 && Policies.All(policy => policy.Conditions.AllowedPaths is not null);

    /// <summary>Whether all of the policies that grant it limit the methods of requests.</summary>
    public bool LimitsMethods => Policies.Count > 0 && Policies.All(policy => policy.Conditions.AllowedMethods is not null);

    /// <summary>The smallest of the granting policies' longest leases; zero when it is not allowed.</summary>
    public TimeSpan MaxTtl { get; private init; }

    /// <summary>Which policy grants which of the actions.</summary>
    public IReadOnlyList<Grant> Grants { get; }

    /// <summary>Whether it counts against an hourly limit.</summary>
    public bool IsLimited
    {
        get
        {
            foreach (var (policy, action) in Grants)
            {
                if (HourlyLimit.Of(policy, action) is not null)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether what was granted is used up by the call: an approval, or one of so many in an hour.</summary>
    public bool IsCounted => IsLimited || Grants.Any(grant => grant.Policy.Conditions.RequireApproval);

    /// <summary>The reason, for the operator; it names policies, which are not the agent's business.</summary>
    public string Reason => DecisionReason.Of(this, _request, _misses);

    public static Decision Allow(in DecisionRequest request, IReadOnlyList<Grant> grants)
    {
        List<Policy> policies = new(grants.Count);
        var maxTtl = TimeSpan.MaxValue;
        foreach (var grant in grants)
        {
            if (!policies.Contains(grant.Policy, ReferenceEqualityComparer.Instance))
            {
                policies.Add(grant.Policy);
                maxTtl = grant.Policy.MaxTtl < maxTtl ? grant.Policy.MaxTtl : maxTtl;
            }
        }

        return new Decision(request, grants, []) { Policies = policies, MaxTtl = maxTtl };
    }

    /// <param name="missing">the actions that nothing grants</param>
    public static Decision Deny(in DecisionRequest request, PolicyActions missing, IReadOnlyList<Miss> misses)
    {
        var (code, retryAfter) = Refusal.Of(missing, misses);
        Miss[] relevant = [.. misses.Where(miss => (miss.Action & missing) != PolicyActions.None)];
        return new Decision(request with { Actions = missing }, [], relevant) { Code = code, RetryAfter = retryAfter };
    }

    /// <summary>Whether each action is still granted by one of the policies that granted it: they may have been removed or replaced since.</summary>
    public bool StandsIn(PolicySet now)
    {
        var granted = PolicyActions.None;
        foreach (var grant in Grants)
        {
            granted |= now.StillGranting(grant, _request) is null ? PolicyActions.None : grant.Action;
        }

        return granted == _request.Actions;
    }

    /// <summary>For each grant the hourly limit that its policy has by now; null where none has one.</summary>
    public int?[]? LimitsIn(PolicySet now)
    {
        int?[]? limits = null;
        for (var i = 0; i < Grants.Count; i++)
        {
            if (now.StillGranting(Grants[i], _request) is { } policy && HourlyLimit.Of(policy, Grants[i].Action) is { } limit)
            {
                (limits ??= new int?[Grants.Count])[i] = limit;
            }
        }

        return limits;
    }

    /// <summary>Whether some policy that grants the use lets this algorithm be signed with.</summary>
    public bool PermitsAlgorithm(string algorithm)
    {
        foreach (var (policy, action) in Grants)
        {
            if (action == PolicyActions.Use && policy.Conditions.AllowedSignAlgorithms?.Contains(algorithm, StringComparer.Ordinal) is not false)
            {
                return true;
            }
        }

        return false;
    }
}
