using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Messages;

#pragma warning disable CS1591 // The members are those of CRP 0.2; what they mean is said in docs/crp.md.

/// <summary><c>crp/use</c>: a lease on a service, with a base URL for requests to it.</summary>
public sealed record CrpUseParams(
    string Service, IReadOnlyList<string>? Scopes = null, long? Ttl = null, CrpDelegation? Delegation = null, string? IdentityScope = null, CrpContext? Context = null, string? Version = null,
    [property: JsonPropertyName("session_id")] string? SessionId = null);

/// <summary>What a lease is derived from, and how deep below it others may be.</summary>
public sealed record CrpDelegation(string? ParentLeaseId = null, int? MaxDepth = null);

/// <summary>What the agent says about the call, for the record.</summary>
public sealed record CrpContext(string? Consumer = null, string? ConsumerVersion = null, string? Requestor = null, string? Purpose = null, string? TraceId = null);

/// <summary>The handle: the lease, the base URL, and the token that goes where a client's key would. Never a secret of the vault's.</summary>
public sealed record CrpUseResult(
    CrpLease Lease, string ProxyBaseUrl, [property: JsonPropertyName("session_token")] string SessionToken, string ProxySocket, string Service, IReadOnlyList<string> GrantedScopes,
    CrpDescriptor CredentialDescriptor, IReadOnlyDictionary<string, string>? ProxyBaseUrls = null)
{
    /// <summary>Says which lease, never the token.</summary>
    public override string ToString() => $"lease {Lease.Id} on {Service}";
}

public sealed record CrpLease(string Id, DateTimeOffset ExpiresAt, long Ttl, bool Renewable, int DelegationDepth);

/// <summary>What is known of the credential without its secret.</summary>
public sealed record CrpDescriptor(string Type, bool Brokered, bool AutoRefresh, string Classification);

/// <summary><c>crp/list</c>: the services that the agent can have leases on.</summary>
public sealed record CrpListParams(CrpFilter? Filter = null, CrpContext? Context = null, string? Cursor = null, int? Limit = null, string? Version = null,
    [property: JsonPropertyName("session_id")] string? SessionId = null);

public sealed record CrpFilter(string? ServicePrefix = null, string? CredentialType = null);

/// <summary>A page of services, and what this provider can do.</summary>
public sealed record CrpListResult(
    IReadOnlyList<CrpService> Services, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Cursor, CrpCapability Crp);

public sealed record CrpService(string Service, IReadOnlyList<string> CredentialTypes, string Classification, IReadOnlyList<string> Hosts, string Description);

/// <summary>As it stands in <c>experimental.crp</c>.</summary>
public sealed record CrpCapability(string Version, string Provider, IReadOnlyList<string> Features, string Conformance);

/// <summary><c>crp/lease</c>: <c>renew</c> or <c>release</c>.</summary>
public sealed record CrpLeaseParams(string LeaseId, string Action, long? Ttl = null, CrpContext? Context = null, string? Version = null,
    [property: JsonPropertyName("session_id")] string? SessionId = null);

/// <summary>The lease's new life. The base URL is as it was.</summary>
public sealed record CrpRenewResult(CrpLease Lease);

public sealed record CrpReleaseResult(bool Released, string LeaseId);

/// <summary><c>crp/revoke</c>: ends a lease and all that were derived from it.</summary>
public sealed record CrpRevokeParams(string LeaseId, string? Reason = null, string? Detail = null, CrpContext? Context = null, string? Version = null,
    [property: JsonPropertyName("session_id")] string? SessionId = null);

/// <summary>What ended: the lease itself first, then those derived from it.</summary>
public sealed record CrpRevokeResult(bool Revoked, string LeaseId, DateTimeOffset RevokedAt, IReadOnlyList<string> AffectedLeases);

/// <summary>Reads and writes CRP's messages, whose members are in camel case; as strictly as <see cref="RequestJson"/>.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(CrpUseParams))]
[JsonSerializable(typeof(CrpUseResult))]
[JsonSerializable(typeof(CrpListParams))]
[JsonSerializable(typeof(CrpListResult))]
[JsonSerializable(typeof(CrpLeaseParams))]
[JsonSerializable(typeof(CrpRenewResult))]
[JsonSerializable(typeof(CrpReleaseResult))]
[JsonSerializable(typeof(CrpRevokeParams))]
[JsonSerializable(typeof(CrpRevokeResult))]
[JsonSerializable(typeof(CrpError))]
[JsonSerializable(typeof(CrpErrorData))]
public sealed partial class CrpJson : JsonSerializerContext;
