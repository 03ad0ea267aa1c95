using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;
using Sanctum.Policies.Proposals;
using Sanctum.Sealing;

namespace Sanctum.Daemon.Admin;

/// <summary>Between the vault's records and the views of the operators' API.</summary>
internal static class ViewMapping
{
    // The enum's members in the wire's spelling; None is not an action.
    private static readonly (string Name, PolicyActions Action)[] Actions =
    [
        ("retrieve", PolicyActions.Retrieve),
        ("list", PolicyActions.List),
        ("store", PolicyActions.Store),
        ("delete", PolicyActions.Delete),
        ("rotate", PolicyActions.Rotate),
        ("use", PolicyActions.Use),
        ("connect", PolicyActions.Connect),
        ("call", PolicyActions.Call),
    ];

    public static CredentialView ToView(this CredentialInfo info) => new(
        info.Path.Value, info.Type, info.Description, info.Tags, info.Hosts, info.HeaderType, info.Version, info.CreatedAt, info.UpdatedAt,
        info.AllowedOrigins, info.Methods, info.Paths, info.Jwt is { } jwt ? new JwtView(jwt.Claims, jwt.AllowedClaims, (long)jwt.MaxLifetime.TotalSeconds) : null, info.AllowedCredentials);

    public static JwtRules ToRules(this JwtView view) => new()
    {
        Claims = view.Claims ?? new Dictionary<string, string>(),
        AllowedClaims = view.AllowedClaims ?? [],
        MaxLifetime = ToSpan(view.MaxLifetime, "jwt"),
    };

    public static CredentialParts ToParts(IReadOnlyList<string>? names) => (names ?? []).Aggregate(CredentialParts.None, (all, name) => all | name switch
    {
        "header_type" => CredentialParts.HeaderType,
        "jwt" => CredentialParts.Jwt,
        _ => throw OperatorErrors.Invalid("clear", "'clear' accepts header_type and jwt; to clear a list, send an empty one"),
    });

    public static AgentView ToView(this AgentInfo agent) => new(
        agent.Name.Value, Convert.ToHexStringLower(agent.PublicKey.Span), agent.Description, agent.RegisteredAt, !agent.Disabled,
        agent.Frozen is { } frozen ? new FreezeView(frozen.Since, frozen.By, frozen.Reason) : null);

    public static LeaseView ToView(this Lease lease) => new(
        lease.Id, lease.Agent.Value, lease.Path.Value, (long)lease.Ttl.TotalSeconds, lease.CreatedAt, lease.ExpiresAt, lease.Renewals, lease.Use is null ? "retrieve" : "use")
    {
        Scopes = lease.Use?.Scopes,
        ParentLeaseId = lease.Use?.ParentId,
    };

    public static SealProviderResult ToResult(string name, SealAttempt? failure) => new(name, failure is null, failure?.Reason, failure?.Suggestion);

    public static ApprovalView ToView(this PendingApproval waiting) => new(
        waiting.Id,
        waiting.Agent.Value,
        (from action in Actions where action.Action == waiting.Action select action.Name).Single(),
        waiting.Path.Value,
        waiting.Operation,
        waiting.RequestedAt,
        waiting.ExpiresAt,
        waiting.Summary);

    public static ProposalView ToView(this AccessProposal it) => new(
        it.Id, it.Agent.Value, it.Request.Path?.Value, it.Request.Service, it.Request.Operation, it.Request.Hosts, it.Request.Reason, (long)it.Request.Duration.TotalSeconds,
        it.State.ToString().ToLowerInvariant(), it.RequestedAt, it.ExpiresAt,
        it.Grant is { } grant ? new GrantView(grant.Policy, grant.Path, grant.Operation, grant.Hosts, grant.Methods, grant.MaxPerHour, grant.ExpiresAt) : null,
        it.Denial);

    public static SimulationView ToView(this Simulation simulation) => new(
        simulation.Allowed,
        simulation.Code is { } code ? OperatorErrors.Code(code) : null,
        simulation.Reason,
        simulation.Policies,
        simulation.MaxTtl is { } ttl ? (long)ttl.TotalSeconds : null)
    {
        Warnings = simulation.Warnings.Count == 0 ? null : simulation.Warnings,
    };

    public static AuditEntryView ToView(this AuditEntry entry) => new(
        entry.Sequence,
        entry.Time,
        entry.Actor,
        entry.Action,
        entry.Resource,
        entry.Operation,
        entry.Outcome switch { AuditOutcome.Allowed => "allowed", AuditOutcome.Denied => "denied", _ => "failed" },
        entry.Reason is { } reason ? OperatorErrors.Code(reason) : null,
        entry.Policies,
        entry.SessionId,
        entry.LeaseId,
        entry.Details,
        entry.Mac)
    {
        TraceId = entry.TraceId,
    };

    public static PolicyView ToView(this Policy policy) => new(
        policy.Name,
        policy.Principal,
        policy.Resources,
        [.. from action in Actions where policy.Actions.HasFlag(action.Action) select action.Name],
        (long)policy.MaxTtl.TotalSeconds,
        policy.Conditions == PolicyConditions.None ? null : policy.Conditions.ToView(),
        policy.Enabled)
    {
        ExpiresAt = policy.ExpiresAt,
    };

    public static Policy ToPolicy(this PolicyView view) => new()
    {
        Name = view.Name,
        Principal = view.Principal,
        Resources = view.Resources,
        Actions = view.Actions.Aggregate(PolicyActions.None, (all, name) => all | ToAction(name, "actions")),
        MaxTtl = ToSpan(view.MaxTtl, "max_ttl"),
        Conditions = view.Conditions?.ToConditions() ?? PolicyConditions.None,
        Enabled = view.Enabled,
        ExpiresAt = view.ExpiresAt?.ToUniversalTime(),
    };

    public static PolicyChangesView ToView(this PolicyChanges changes) => new(
        [.. changes.Added.Select(ToView)],
        [.. changes.Changed.Select(change => new PolicyChangeView(change.Before.ToView(), change.After.ToView()))],
        [.. changes.Removed.Select(ToView)],
        [.. changes.Unchanged.Select(ToView)]);

    /// <summary>All of them, or a refusal that says which one is wrong.</summary>
    public static IReadOnlyList<Policy> ToPolicies(IReadOnlyList<PolicyView> views)
    {
        List<Policy> policies = [];
        foreach (var (index, view) in views.Index())
        {
            try
            {
                policies.Add((view ?? throw OperatorErrors.Invalid("policies", "a policy is missing")).ToPolicy());
            }
            catch (OperatorException wrong)
            {
                throw new OperatorException(wrong.Code, $"policies[{index}]: {wrong.Message}; nothing was changed", wrong.Suggestion, wrong);
            }
        }

        return policies;
    }

    public static OperatorScopes ToScopes(IReadOnlyList<string>? names) =>
        names is null ? OperatorScopes.Default
        : ScopeNames.TryParse(names, out var scopes) ? scopes
        : throw OperatorErrors.Invalid("scopes", $"a token has one or more of the scopes {string.Join(", ", ScopeNames.All)}");

    public static AuditCheckpoint? ToCheckpoint(string? text) =>
        text is null ? null
        : AuditCheckpoint.TryParse(text, out var checkpoint) ? checkpoint
        : throw OperatorErrors.Invalid("checkpoint", "a checkpoint is an entry's number, a colon and its MAC in 64 hex digits, as 'audit verify' prints it");

    public static PolicyActions ToAction(string name, string member)
    {
        foreach (var action in Actions)
        {
            if (action.Name == name)
            {
                return action.Action;
            }
        }

        throw OperatorErrors.Invalid(member, $"unknown action; the actions are: {string.Join(", ", from action in Actions select action.Name)}");
    }

    public static TimeSpan ToSpan(long seconds, string member) =>
        seconds is >= 1 and <= 10L * 366 * 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw OperatorErrors.Invalid(member, $"'{member}' must be a number of seconds, at least 1");

    private static ConditionsView ToView(this PolicyConditions conditions) => new(
        conditions.MaxRetrievalsPerHour,
        conditions.MaxUsesPerHour,
        conditions.TimeWindow is { } window ? window.ToString().Split('-') : null,
        conditions.AllowedOperations,
        conditions.AllowedDomains,
        conditions.AllowedMethods,
        conditions.AllowedPaths,
        conditions.AllowedSignAlgorithms,
        conditions.RequireApproval);

    private static PolicyConditions ToConditions(this ConditionsView view) => new()
    {
        MaxRetrievalsPerHour = view.MaxRetrievalsPerHour,
        MaxUsesPerHour = view.MaxUsesPerHour,
        TimeWindow = view.TimeWindow switch
        {
            null => null,
            [var start, var end] when TimeWindow.TryParse(start, end, out var window) => window,
            _ => throw OperatorErrors.Invalid("time_window", "'time_window' must be two different times, HH:MM and HH:MM"),
        },
        AllowedOperations = view.AllowedOperations,
        AllowedDomains = view.AllowedDomains,
        AllowedMethods = view.AllowedMethods,
        AllowedPaths = view.AllowedPaths,
        AllowedSignAlgorithms = view.AllowedSignAlgorithms,
        RequireApproval = view.RequireApproval,
    };
}
