using System.Text.Json.Serialization;

namespace Sanctum.Daemon.Admin;

#pragma warning disable CS1591 // The members are those of the vault's own records; the wire's names are their snake_case.

/// <summary>A credential without its secret: see <see cref="Credentials.CredentialInfo"/>.</summary>
public sealed record CredentialView(
    string Path, string Type, string Description, IReadOnlyList<string> Tags, IReadOnlyList<string> Hosts, string? HeaderType,
    int Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> Methods,
    IReadOnlyList<string> Paths, JwtView? Jwt = null, IReadOnlyList<string>? AllowedCredentials = null)
{
    /// <summary>What there is to say about what was stored, once, as the response to storing it; null when nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>What JWTs may be minted: see <see cref="Credentials.JwtRules"/>. <see cref="MaxLifetime"/> is in seconds.</summary>
public sealed record JwtView(IReadOnlyDictionary<string, string>? Claims = null, IReadOnlyList<string>? AllowedClaims = null, long MaxLifetime = 600);

/// <summary>
/// What to store; null members leave what an existing credential has, empty lists and what <see cref="Clear"/> names (<c>header_type</c>, <c>jwt</c>)
/// take it off. <see cref="Value"/> is base64 on the wire.
/// </summary>
public sealed record StoreRequest(
    string Path, [property: JsonConverter(typeof(SecretBase64Converter))] byte[] Value, string? Type = null, string? Description = null, IReadOnlyList<string>? Tags = null,
    IReadOnlyList<string>? Hosts = null, string? HeaderType = null, IReadOnlyList<string>? AllowedOrigins = null, IReadOnlyList<string>? Methods = null,
    IReadOnlyList<string>? Paths = null, JwtView? Jwt = null, IReadOnlyList<string>? Clear = null, IReadOnlyList<string>? AllowedCredentials = null)
{
    /// <summary>Says what, never the value.</summary>
    public override string ToString() => $"store {Path}";
}

/// <summary>An agent; <see cref="PublicKey"/> is 64 hex digits. One that is not <see cref="Enabled"/> can't sign in; one that is <see cref="Frozen"/> can do nothing.</summary>
public sealed record AgentView(string Name, string PublicKey, string Description, DateTimeOffset RegisteredAt, bool Enabled = true, FreezeView? Frozen = null);

/// <summary>An agent's quarantine: see <see cref="Agents.AgentFreeze"/>.</summary>
public sealed record FreezeView(DateTimeOffset Since, string By, string Reason);

/// <summary>A policy, in the wire's form: see <see cref="Policies.Policy"/>. <see cref="MaxTtl"/> is in seconds, actions are lower-case names.</summary>
public sealed record PolicyView(
    string Name, string Principal, IReadOnlyList<string> Resources, IReadOnlyList<string> Actions, long MaxTtl = 300,
    ConditionsView? Conditions = null, bool Enabled = true)
{
    /// <summary>See <see cref="Policies.Policy.ExpiresAt"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A policy's conditions: see <see cref="Policies.PolicyConditions"/>. <see cref="TimeWindow"/> is two of <c>HH:MM</c>.</summary>
public sealed record ConditionsView(
    int? MaxRetrievalsPerHour = null, int? MaxUsesPerHour = null, IReadOnlyList<string>? TimeWindow = null,
    IReadOnlyList<string>? AllowedOperations = null, IReadOnlyList<string>? AllowedDomains = null,
    IReadOnlyList<string>? AllowedMethods = null, IReadOnlyList<string>? AllowedPaths = null,
    IReadOnlyList<string>? AllowedSignAlgorithms = null, bool RequireApproval = false);

/// <summary>The policies that there should be. With <see cref="Prune"/>, those that are not among them are removed.</summary>
public sealed record ApplyRequest(IReadOnlyList<PolicyView> Policies, bool Prune = false);

/// <summary>See <see cref="Sanctum.Policies.PolicyChanges"/>.</summary>
public sealed record PolicyChangesView(
    IReadOnlyList<PolicyView> Added, IReadOnlyList<PolicyChangeView> Changed, IReadOnlyList<PolicyView> Removed, IReadOnlyList<PolicyView> Unchanged);

/// <summary>A policy that was replaced.</summary>
public sealed record PolicyChangeView(PolicyView Before, PolicyView After);

/// <summary>What to decide; with <see cref="Url"/>, a request that would go there (method GET unless it says otherwise).</summary>
public sealed record SimulateRequest(string Agent, string Resource, string Action, string? Operation = null, string? Method = null, string? Url = null);

/// <summary>See <see cref="Policies.Simulation"/>; <see cref="Code"/> is in the wire's spelling.</summary>
public sealed record SimulationView(bool Allowed, string? Code, string Reason, IReadOnlyList<string> Policies, long? MaxTtl)
{
    /// <summary>What operations would refuse the secret for, where none was named; null when nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>See <see cref="Leases.Lease"/>; <see cref="For"/> is <c>retrieve</c> where its holder has the secret, <c>use</c> where it sends requests by a base URL.</summary>
public sealed record LeaseView(
    string LeaseId, string Agent, string Path, long Ttl, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int Renewals, string For = "retrieve")
{
    /// <summary>The only methods and paths of requests; empty for any, null where it is not for use.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>The lease that it was derived from; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ParentLeaseId { get; init; }
}

/// <summary>Exactly one of the three.</summary>
public sealed record RevokeRequest(string? LeaseId = null, string? Agent = null, bool All = false);

public sealed record AuditRequest(
    int? Last = null, string? Agent = null, string? Resource = null, string? Action = null, bool Denied = false, DateTimeOffset? Since = null,
    DateTimeOffset? Until = null);

/// <summary>See <see cref="Audit.AuditEntry"/>; <see cref="Outcome"/> is <c>allowed</c>, <c>denied</c> or <c>failed</c>.</summary>
public sealed record AuditEntryView(
    long Sequence, DateTimeOffset Time, string Actor, string Action, string? Resource, string? Operation, string Outcome, string? Reason,
    IReadOnlyList<string> Policies, string? SessionId, string? LeaseId, IReadOnlyDictionary<string, string>? Details, string Mac)
{
    /// <summary>See <see cref="Audit.AuditEntry.TraceId"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceId { get; init; }
}

/// <summary>What to compare the log with: an entry that was noted earlier, <c>N:HEX</c>.</summary>
public sealed record VerifyRequest(string? Checkpoint = null);

public sealed record AuditVerificationView(long Entries, string Checkpoint);

public sealed record ApprovalView(
    string ApprovalId, string Agent, string Action, string Path, string? Operation, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, string? Summary = null);

/// <summary>
/// What an agent asks for: see <see cref="Policies.Proposals.AccessProposal"/>. One of <see cref="Path"/> and <see cref="Service"/> is there. <see cref="Reason"/> is the agent's own
/// words, and can hold any character. <see cref="Status"/> is <c>pending</c>, <c>granted</c>, <c>denied</c>, <c>expired</c> or <c>ended</c>.
/// </summary>
public sealed record ProposalView(
    string ProposalId, string Agent, string? Path, string? Service, string Operation, IReadOnlyList<string> Hosts, string Reason, long ForSeconds, string Status,
    DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, GrantView? Granted = null, string? Denial = null);

/// <summary>What was granted: see <see cref="Policies.Proposals.AccessGrant"/>.</summary>
public sealed record GrantView(
    string Policy, string Path, string Operation, IReadOnlyList<string> Hosts, IReadOnlyList<string> Methods, int? MaxPerHour, DateTimeOffset ExpiresAt);

/// <summary>Grant it, as it was asked or narrower: see <see cref="Policies.Proposals.AccessNarrowing"/>.</summary>
public sealed record ProposalGrant(
    string ProposalId, string? Path = null, string? Operation = null, IReadOnlyList<string>? Hosts = null, IReadOnlyList<string>? Methods = null, long? ForSeconds = null,
    int? MaxPerHour = null);

/// <summary>Deny it. The agent is told the reason.</summary>
public sealed record ProposalDenial(string ProposalId, string? Reason = null);

/// <summary>Approve once, approve for so many seconds, or deny.</summary>
public sealed record ApprovalDecision(string ApprovalId, bool Approve, long? ForSeconds = null);

/// <summary>
/// What anyone on the admin socket may know, without proof of the passphrase. <see cref="Warnings"/> are about how it is set up; for whoever has just sealed or
/// unsealed the vault, what they should know of that. <see cref="UnsealedBy"/> is <c>passphrase</c> or a seal provider's name; null while the vault is sealed.
/// One that is <see cref="Draining"/> is stopping, and lets what runs go on for <see cref="DrainSeconds"/>.
/// </summary>
public sealed record DaemonStatus(
    string VaultId, bool Sealed, int ProcessId, string Version, DateTimeOffset StartedAt, string Socket, string? Tcp, string? Http, int Connections,
    IReadOnlyList<string>? Warnings = null, string? Proxy = null, string? UnsealedBy = null,
    bool Draining = false, int DrainSeconds = 10);

/// <summary>
/// A daemon that serves the vault, as it says itself. <see cref="State"/> is <c>unsealed</c>, <c>sealed</c> or <c>stopping</c>; <see cref="Position"/> is how many entries of the log
/// it knows, null while it is sealed. One that is <see cref="Stale"/> has said nothing for 15 seconds; <see cref="Own"/> is the one that was asked.
/// </summary>
public sealed record NodeView(
    string Name, string Version, string State, DateTimeOffset StartedAt, DateTimeOffset SeenAt, long? Position, bool Stale, bool Own);

/// <summary>A seal provider: see <see cref="Sealing.SealProviderInfo"/>.</summary>
public sealed record SealProviderView(string Name, string Type, string Settings);

/// <summary>Whether a seal provider would open the vault now or, where it was removed, whether its key is gone. The reason and what to do are null where it worked.</summary>
public sealed record SealProviderResult(string Name, bool Worked, string? Reason, string? Suggestion);

/// <summary>
/// A token that stands for the passphrase for a while. <see cref="Warning"/> says when it is good for sealing and stopping only; <see cref="Scopes"/> are what it is good for;
/// one that is <see cref="BoundToSession"/> is of use to the processes of one terminal session alone.
/// </summary>
public sealed record LoginView(
    string Token, DateTimeOffset ExpiresAt, string? Warning = null, IReadOnlyList<string>? Scopes = null, bool BoundToSession = false)
{
    /// <summary>Says until when, never the token.</summary>
    public override string ToString() => $"operator token until {ExpiresAt:O}";
}
