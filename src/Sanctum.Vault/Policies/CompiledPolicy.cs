using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Operations;

namespace Sanctum.Policies;

/// <summary>A policy, ready to be asked.</summary>
internal sealed class CompiledPolicy
{
    private readonly Glob _agents;
    private readonly Glob[] _resources;
    private readonly string[]? _operations;
    private readonly Glob[]? _paths;

    public CompiledPolicy(Policy policy)
    {
        Policy = policy;
        _agents = new Glob(PolicyRules.AgentPattern(policy.Principal));
        _resources = [.. policy.Resources.Select(pattern => new Glob(pattern))];
        _operations = policy.Conditions.AllowedOperations?.Select(OperationNames.Canonical).ToArray();
        _paths = policy.Conditions.AllowedPaths?.Select(pattern => new Glob(pattern)).ToArray();
    }

    public Policy Policy { get; }

    public bool AppliesTo(string agent) => Policy.Enabled && _agents.Matches(agent);

    public bool Covers(CredentialPath path)
    {
        foreach (var resource in _resources)
        {
            if (resource.Matches(path.Value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The first condition that keeps one action from being granted. The limit comes before the approval: no human should
    /// be asked about a call that could not be made now anyway.
    /// </summary>
    public UnmetCondition FirstUnmet(in DecisionRequest request, PolicyActions action, UseCounters counters, out TimeSpan retryAfter)
    {
        retryAfter = default;
        var conditions = Policy.Conditions;
        if (conditions.TimeWindow is { } window && !window.Contains(TimeOnly.FromTimeSpan(request.Now.TimeOfDay)))
        {
            return UnmetCondition.TimeWindow;
        }

        if (action == PolicyActions.Use && _operations is not null && !Allows(request.Operation))
        {
            return UnmetCondition.Operation;
        }

        if (action == PolicyActions.Use && request.Target is { } target && !Allows(target))
        {
            return UnmetCondition.Destination;
        }

        if (HourlyLimit.Of(Policy, action) is { } limit && counters.IsSpent(Policy.Name, request.Agent, action, limit, request.CountedAt, out retryAfter))
        {
            return UnmetCondition.HourlyLimit;
        }

        return conditions.RequireApproval && !request.Approved ? UnmetCondition.Approval : UnmetCondition.None;
    }

    private bool Allows(RequestTarget target) =>
        (Policy.Conditions.AllowedDomains is not { } domains || domains.Contains(target.Url.Origin.Host, StringComparer.Ordinal))
        && (Policy.Conditions.AllowedMethods is not { } methods || methods.Contains(target.Method, StringComparer.Ordinal))
        && (_paths is null || PathPattern.Permit(_paths, target.Url));

    private bool Allows(string? operation) =>
        operation is not null && Array.IndexOf(_operations!, OperationNames.Canonical(operation)) >= 0;
}
