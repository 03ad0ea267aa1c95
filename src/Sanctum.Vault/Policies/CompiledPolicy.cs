using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Text;

namespace Sanctum.Policies;

/// <summary>A policy, ready to be asked.</summary>
internal sealed class CompiledPolicy
{
    private readonly Glob _agents;
    private readonly Glob[] _resources;
    private readonly HostPattern[] _hosts;
    private readonly ToolPattern[] _tools;
    private readonly string[] _tags;
    private readonly Func<CredentialPath, IReadOnlyList<string>> _tagsOf;
    private readonly string[]? _operations;
    private readonly Glob[]? _paths;

    /// <param name="policy">The policy.</param>
    /// <param name="tagsOf">A credential's tags.</param>
    /// <param name="lineage">The <see cref="Lineage"/> of the policy that it replaces; null for a new one.</param>
    public CompiledPolicy(Policy policy, Func<CredentialPath, IReadOnlyList<string>> tagsOf, object? lineage = null)
    {
        (Policy, _tagsOf) = (policy, tagsOf);
        Lineage = lineage ?? new object();
        _agents = new Glob(PolicyRules.AgentPattern(policy.Principal));
        _resources = [.. policy.Resources.Where(pattern => !HostPattern.IsHost(pattern) && !ToolPattern.IsTool(pattern) && !TagResource.IsTag(pattern)).Select(pattern => new Glob(pattern))];
        _hosts = [.. policy.Resources.Select(pattern => HostPattern.TryParse(pattern, out var host) ? host : null).OfType<HostPattern>()];
        _tools = [.. policy.Resources.Select(pattern => ToolPattern.TryParse(pattern, out var tool) ? tool : null).OfType<ToolPattern>()];
        _tags = [.. policy.Resources.Where(TagResource.IsTag).Select(TagResource.TagOf)];
        _operations = policy.Conditions.AllowedOperations?.Select(OperationNames.Canonical).ToArray();
        _paths = policy.Conditions.AllowedPaths?.Select(pattern => new Glob(pattern)).ToArray();
    }

    public Policy Policy { get; }

    /// <summary>The same for a policy and for all that has replaced it, and no other's.</summary>
    public object Lineage { get; }

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

        return _tags.Length > 0 && _tagsOf(path).Any(_tags.Contains);
    }

    /// <summary>Whether it lets its agents connect to a host now. Of the conditions only the time window is about connections.</summary>
    /// <param name="origin">The host and port.</param>
    /// <param name="now">The time.</param>
    /// <param name="exactly">Whether it must spell out this very address.</param>
    public bool LetsConnect(Origin origin, Moment now, bool exactly = false) =>
        Policy.Actions.HasFlag(PolicyActions.Connect)
        && !(Policy.ExpiresAt <= now.Counted)
        && Policy.Conditions.TimeWindow?.Contains(TimeOnly.FromTimeSpan(now.Local.TimeOfDay)) is not false
        && Array.Exists(_hosts, host => exactly ? host.IsExactly(origin) : host.Matches(origin));

    /// <summary>Whether it lets its agents call a tool now. Of the conditions only the time window is about tools, and when it expires.</summary>
    public bool LetsCall(ToolName tool, Moment now) =>
        Policy.Actions.HasFlag(PolicyActions.Call)
        && !(Policy.ExpiresAt <= now.Counted)
        && Policy.Conditions.TimeWindow?.Contains(TimeOnly.FromTimeSpan(now.Local.TimeOfDay)) is not false
        && Array.Exists(_tools, pattern => pattern.Matches(tool));

    /// <summary>
    /// The first condition that keeps one action from being granted. The limit comes before the approval: no human should
    /// be asked about a call that could not be made now anyway. Without <paramref name="counters"/>, limits are taken for unspent.
    /// </summary>
    public UnmetCondition FirstUnmet(in DecisionRequest request, PolicyActions action, UseCounters? counters, out TimeSpan retryAfter)
    {
        retryAfter = default;
        var conditions = Policy.Conditions;
        if (Policy.ExpiresAt <= request.Now.Counted)
        {
            return UnmetCondition.Expired;
        }

        if (conditions.TimeWindow is { } window && !window.Contains(TimeOnly.FromTimeSpan(request.Now.Local.TimeOfDay)))
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

        if (counters is not null && HourlyLimit.Of(Policy, action) is { } limit && counters.IsSpent(Policy.Name, request.Agent, action, limit, request.Now.Counted, out retryAfter))
        {
            return UnmetCondition.HourlyLimit;
        }

        return conditions.RequireApproval && !request.Approved ? UnmetCondition.Approval : UnmetCondition.None;
    }

    /// <summary>Whether it grants what the policy that it replaced granted.</summary>
    public bool GrantsLike(in Grant grant, in DecisionRequest request) =>
        AppliesTo(request.Agent.Value)
        && Policy.Actions.HasFlag(grant.Action)
        && Covers(request.Path)
        && FirstUnmet(request, grant.Action, null, out _) == UnmetCondition.None
        && (request.Target is not null || SignsLike(grant.Policy));

    // By which algorithm a call signs is known only to the operation. A signature takes no time, and can be made again.
    private bool SignsLike(Policy before) => (Policy.Conditions.AllowedSignAlgorithms, before.Conditions.AllowedSignAlgorithms) switch
    {
        (null, _) => true,
        ({ } now, { } then) => then.All(algorithm => now.Contains(algorithm, StringComparer.Ordinal)),
        _ => false,
    };

    private bool Allows(RequestTarget target) =>
        (Policy.Conditions.AllowedDomains is not { } domains || domains.Contains(target.Url.Origin.Host, StringComparer.Ordinal))
        && (Policy.Conditions.AllowedMethods is not { } methods || methods.Contains(target.Method, StringComparer.Ordinal))
        && (_paths is null || PathPattern.Permit(_paths, target.Url));

    private bool Allows(string? operation) =>
        operation is not null && Array.IndexOf(_operations!, OperationNames.Canonical(operation)) >= 0;
}
