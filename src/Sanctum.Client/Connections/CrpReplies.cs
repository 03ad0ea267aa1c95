using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;

namespace Sanctum.Client.Connections;

// As of the other replies, what this client needs is required, and all else may be missing.
internal sealed record CrpUseReply(
    CrpLeaseReply Lease,
    Uri ProxyBaseUrl,
    [property: JsonPropertyName("session_token")] string SessionToken,
    string? ProxySocket = null,
    string? Service = null,
    IReadOnlyList<string>? GrantedScopes = null,
    CrpDescriptorReply? CredentialDescriptor = null,
    Dictionary<string, Uri>? ProxyBaseUrls = null)
{
    // Not the token.
    public override string ToString() => Lease.Id;
}

internal sealed record CrpLeaseReply(string Id, Moment? ExpiresAt = null, long? Ttl = null);

internal sealed record CrpDescriptorReply(string? Type = null, string? Classification = null);

internal sealed record CrpListReply(IReadOnlyList<CrpServiceReply>? Services = null, string? Cursor = null);

internal sealed record CrpServiceReply(
    string Service,
    IReadOnlyList<string>? CredentialTypes = null,
    string? Classification = null,
    IReadOnlyList<string>? Hosts = null,
    string? Description = null);

internal sealed record CrpRevokeReply(IReadOnlyList<string>? AffectedLeases = null);

/// <summary>Reads the replies of CRP's methods, whose members are in camel case.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(CrpUseReply))]
[JsonSerializable(typeof(CrpListReply))]
[JsonSerializable(typeof(CrpRevokeReply))]
internal sealed partial class CrpReplies : JsonSerializerContext;
