using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client.Connections;

// What this client needs of a reply is required; all else may be missing, since daemons of other makes leave it out. (The
// protocol's own records say what our daemon always sends.)
internal sealed record AuthenticateReply(string SessionId, string Challenge);

internal sealed record ChallengeResponseReply(bool Authenticated, IReadOnlyList<string>? Features = null, Moment? ExpiresAt = null);

internal sealed record ListReply(IReadOnlyList<CredentialReply>? Credentials = null, string? NextCursor = null);

internal sealed record CredentialReply(
    string Path,
    string? Type = null,
    string? Description = null,
    IReadOnlyList<string>? Tags = null,
    Moment? CreatedAt = null,
    Moment? UpdatedAt = null,
    IReadOnlyList<string>? Actions = null,
    IReadOnlyList<string>? Hosts = null);

internal sealed record CheckAccessReply(bool Allowed, string? Code = null, string? Reason = null, string? Suggestion = null);

internal sealed record ToolListReply(IReadOnlyList<string> Tools);
internal sealed record AccessStatusReply(string Handle, string Status, Moment? ExpiresAt = null, GrantedReply? Granted = null, string? Reason = null)
{
    /// <exception cref="VaultException">It has a status that this client does not know.</exception>
    public AccessProposal ToProposal(string method) =>
        new(Handle, StateOf(Status) ?? throw Errors.UnusableReply(method), ExpiresAt?.Value)
        {
            Granted = Granted is { } it ? new GrantedAccess(it.Path, it.Operation, it.Hosts ?? [], it.Methods ?? [], it.MaxPerHour) : null,
            Reason = Reason,
        };

    private static AccessProposalState? StateOf(string status) => status switch
    {
        "pending" => AccessProposalState.Pending,
        "granted" => AccessProposalState.Granted,
        "denied" => AccessProposalState.Denied,
        "expired" => AccessProposalState.Expired,
        "ended" => AccessProposalState.Ended,
        _ => null,
    };
}

internal sealed record AuditLogReply(IReadOnlyList<OwnEntryReply>? Entries = null, long? NextBefore = null, bool Incomplete = false);

internal sealed record OwnEntryReply(
    string Action, string Outcome, Moment? Time = null, string? Resource = null, string? Operation = null, string? Reason = null, string? LeaseId = null);

internal sealed record GrantedReply(string Path, string Operation, IReadOnlyList<string>? Hosts = null, IReadOnlyList<string>? Methods = null, int? MaxPerHour = null);

internal sealed record RetrieveReply(
    HexBytes Value,
    string LeaseId,
    long? Ttl = null,
    Moment? ExpiresAt = null,
    string? Type = null) : IDisposable
{
    public void Dispose() => CryptographicOperations.ZeroMemory(Value.Bytes);
}

internal sealed record RenewLeaseReply(long? Ttl = null, Moment? ExpiresAt = null);

internal sealed record LeaseStatusReply(IReadOnlyList<LeaseReply>? Leases = null);

internal sealed record LeaseReply(
    string LeaseId,
    string? Path = null,
    long? Ttl = null,
    Moment? CreatedAt = null,
    Moment? ExpiresAt = null,
    int? Renewals = null);

internal sealed record SignReply(string Signature, string? Algorithm = null);

internal sealed record VerifyReply(bool Valid);

internal sealed record EncryptReply(string Ciphertext);

internal sealed record DecryptReply(string Plaintext);

internal sealed record HttpHeaderReply(string? Header = null, string? HeaderName = null, string? HeaderValue = null);

internal sealed record ProxyOpenReply(
    string Token,
    string Authority,
    string ProxySocket,
    Dictionary<string, string>? Placeholders = null,
    long? ExpiresIn = null)
{
    // Not the token.
    public override string ToString() => ProxySocket;
}

internal sealed record ProxyCloseReply(IReadOnlyList<RefusedHost>? Refused = null, bool More = false);

/// <summary>What the proxy says of a refusal, in its own form.</summary>
internal sealed record ProxyRefusalReply(ProxyRefusal Error);

internal sealed record ProxyRefusal(string Code, string Message, string? Detail = null, string? Suggestion = null, string? DocsUrl = null)
{
    /// <summary>All else, such as <c>retry_after</c>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Context { get; set; }
}

internal sealed record HttpRequestReply(
    int Status,
    Dictionary<string, HeaderLines>? Headers = null,
    string? Body = null,
    byte[]? BodyBase64 = null,
    Dictionary<string, HeaderLines>? Trailers = null);

/// <summary>Reads the replies above: unknown members are skipped, duplicates and wrong types refused.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(AuthenticateReply))]
[JsonSerializable(typeof(ChallengeResponseReply))]
[JsonSerializable(typeof(ListReply))]
[JsonSerializable(typeof(CheckAccessReply))]
[JsonSerializable(typeof(ToolListReply))]
[JsonSerializable(typeof(AccessStatusReply))]
[JsonSerializable(typeof(AuditLogReply))]
[JsonSerializable(typeof(RetrieveReply))]
[JsonSerializable(typeof(RenewLeaseReply))]
[JsonSerializable(typeof(LeaseStatusReply))]
[JsonSerializable(typeof(SignReply))]
[JsonSerializable(typeof(VerifyReply))]
[JsonSerializable(typeof(EncryptReply))]
[JsonSerializable(typeof(DecryptReply))]
[JsonSerializable(typeof(HttpHeaderReply))]
[JsonSerializable(typeof(HttpRequestReply))]
[JsonSerializable(typeof(ProxyOpenReply))]
[JsonSerializable(typeof(ProxyCloseReply))]
[JsonSerializable(typeof(ProxyRefusalReply))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class Replies : JsonSerializerContext;
