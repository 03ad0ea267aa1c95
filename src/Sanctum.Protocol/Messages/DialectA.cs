using System.Text.Json;

namespace Sanctum.Protocol.Messages;

#pragma warning disable CS1591 // The members are those of the wire; what they mean is said once, on the type.

/// <summary><c>authenticate</c>: asks for a challenge for an agent.</summary>
public sealed record AuthenticateParams(string AgentName);

/// <summary>The session to be, and the hex of the bytes to sign.</summary>
public sealed record AuthenticateResult(string SessionId, string Challenge);

/// <summary><c>challenge_response</c>: the hex of the 64-byte Ed25519 signature over the challenge's bytes.</summary>
public sealed record ChallengeResponseParams(string Signature, string? SessionId = null);

/// <summary>The session is authenticated until <c>expires_at</c>. <c>features</c> names what this daemon has and others may not: see <see cref="Features"/>.</summary>
public sealed record ChallengeResponseResult(bool Authenticated, string SessionId, DateTimeOffset ExpiresAt, IReadOnlyList<string>? Features = null);

/// <summary><c>list</c>: what this agent may act on, in order of path; <c>cursor</c> is the <c>next_cursor</c> of the page before. With <c>access</c> it is said what the agent may do.</summary>
public sealed record ListParams(string? SessionId = null, string? Prefix = null, int? Limit = null, string? Cursor = null, bool? Access = null);

/// <summary>A page of credentials; <c>next_cursor</c> is there when there are more.</summary>
public sealed record ListResult(IReadOnlyList<CredentialEntry> Credentials, string? NextCursor = null);

/// <summary>What a list says of one credential; <c>actions</c> and <c>hosts</c> where it was asked for access.</summary>
public sealed record CredentialEntry(
    string Path,
    string Type,
    string Description,
    IReadOnlyList<string> Tags,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<string>? Actions = null,
    IReadOnlyList<string>? Hosts = null);

/// <summary><c>check_access</c>: what would become of a call, had it been made now. <c>action</c> is <c>use</c>, as it is when left out, or <c>retrieve</c>.</summary>
public sealed record CheckAccessParams(
    string Path, string? Action = null, string? Operation = null, string? Method = null, string? Url = null, string? SessionId = null);

/// <summary>Whether it would be allowed; if not, the code and the words that the call would be told.</summary>
public sealed record CheckAccessResult(bool Allowed, string? Code = null, string? Reason = null, string? Suggestion = null);

/// <summary><c>tool_call</c>: may the agent call a tool of another server; with <c>result</c>, what has become of the call.</summary>
public sealed record ToolCallParams(
    string Server, string Tool, string? SessionId = null, string? Result = null, long? DurationMs = null, int? Redacted = null, int? Escaped = null);

/// <summary><c>tool_list</c>: which of a server's tools the agent may call.</summary>
public sealed record ToolListParams(string Server, IReadOnlyList<string> Tools, string? SessionId = null);

/// <summary>Those that it may call.</summary>
public sealed record ToolListResult(IReadOnlyList<string> Tools);
/// <summary>
/// <c>request_access</c>: asks an operator for access to a credential, by <c>path</c>, or to one of a <c>service</c>. <c>operation</c> is one that gives no secret away, or <c>retrieve</c>;
/// <c>duration</c> is in seconds, an hour when it is left out.
/// </summary>
public sealed record RequestAccessParams(
    string Operation, string Reason, string? Path = null, string? Service = null, IReadOnlyList<string>? Hosts = null, long? Duration = null, string? SessionId = null);

/// <summary><c>access_status</c>: where one of the agent's own requests stands.</summary>
public sealed record AccessStatusParams(string Handle, string? SessionId = null);

/// <summary>
/// Where it stands: <c>status</c> is <c>pending</c>, <c>granted</c>, <c>denied</c>, <c>expired</c> or <c>ended</c>. <c>expires_at</c>: of one that is pending, until when it can be
/// granted; of one that was granted, until when that holds. <c>granted</c> is there for what was granted, <c>reason</c> where the operator gave one.
/// </summary>
public sealed record AccessStatusResult(string Handle, string Status, DateTimeOffset ExpiresAt, GrantedAccess? Granted = null, string? Reason = null);

/// <summary>What was granted: lists that are empty limit nothing beyond what the credential does.</summary>
public sealed record GrantedAccess(string Path, string Operation, IReadOnlyList<string> Hosts, IReadOnlyList<string> Methods, int? MaxPerHour = null);

/// <summary><c>audit_log</c>: the agent's own entries; <c>before</c> is the <c>next_before</c> of the page before.</summary>
public sealed record AuditLogParams(int? Limit = null, long? Before = null, string? SessionId = null);

/// <summary>A page, in order of time; <c>next_before</c> is there where there may be older ones, <c>incomplete</c> where a part of the log is damaged.</summary>
public sealed record AuditLogResult(IReadOnlyList<OwnEntry> Entries, long? NextBefore = null, bool? Incomplete = null);

/// <summary>What an agent did: <c>outcome</c> is <c>allowed</c>, <c>denied</c> or <c>failed</c>, <c>reason</c> a code.</summary>
public sealed record OwnEntry(DateTimeOffset Time, string Action, string Outcome, string? Resource = null, string? Operation = null, string? Reason = null, string? LeaseId = null);

/// <summary><c>retrieve</c>: the secret itself, on a lease of <c>ttl</c> seconds.</summary>
public sealed record RetrieveParams(string Path, string? SessionId = null, long? Ttl = null);

/// <summary>The secret's bytes in hex, and the lease on it.</summary>
public sealed record RetrieveResult(string Path, HexBytes Value, string LeaseId, long Ttl, DateTimeOffset ExpiresAt, string Type);

/// <summary><c>release_lease</c>: the agent is done with a secret.</summary>
public sealed record ReleaseLeaseParams(string LeaseId, string? SessionId = null);

/// <summary><c>use</c>: have the vault do something with a secret.</summary>
public sealed record UseParams(string Path, string Operation, string? SessionId = null, JsonElement? Params = null);

/// <summary><c>renew_lease</c>: hold a secret for another <c>ttl</c> seconds.</summary>
public sealed record RenewLeaseParams(string LeaseId, string? SessionId = null, long? Ttl = null);

/// <summary>The lease's new life.</summary>
public sealed record RenewLeaseResult(string LeaseId, long Ttl, DateTimeOffset ExpiresAt);

/// <summary>The members of a method that needs none but may be sent the session's id.</summary>
public sealed record SessionParams(string? SessionId = null);

/// <summary><c>lease_status</c>: the agent's own leases.</summary>
public sealed record LeaseStatusResult(IReadOnlyList<LeaseEntry> Leases);

/// <summary>One lease.</summary>
public sealed record LeaseEntry(string LeaseId, string Path, long Ttl, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int Renewals);

/// <summary>
/// <c>proxy_open</c>: lets a program use the proxy as this agent. With <c>credentials</c> it gets placeholders for them. With <c>credential</c> every request goes out
/// with that one and needs no placeholder; <c>header_type</c> and <c>header_name</c> then say how the secret is put in, as in <c>http_request</c>.
/// </summary>
public sealed record ProxyOpenParams(
    IReadOnlyList<string>? Credentials = null, string? SessionId = null, string? Credential = null, string? HeaderType = null, string? HeaderName = null);

/// <summary>
/// What the program is given: the proxy's token, the certificate to trust in PEM, placeholders by path, and where the proxy is. <c>expires_in</c> is in
/// seconds: until then the agent signs in on this connection again, or closes it.
/// </summary>
public sealed record ProxyOpenResult(
    string Token, string Authority, IReadOnlyDictionary<string, string> Placeholders, string ProxySocket, long ExpiresIn, string? ProxyAddress = null)
{
    /// <summary>Says where, never the token.</summary>
    public override string ToString() => $"run through {ProxySocket}";
}

/// <summary><c>proxy_close</c>: the program is done with the proxy.</summary>
public sealed record ProxyCloseParams(string Token, string? SessionId = null)
{
    /// <summary>Never the token.</summary>
    public override string ToString() => nameof(ProxyCloseParams);
}

/// <summary>Where the program wanted to go and was refused, each host and port once. <c>more</c> says that there were others.</summary>
public sealed record ProxyCloseResult(IReadOnlyList<RefusedHost> Refused, bool More = false);

/// <summary>A host that a program was refused: no credential of its run is bound to it, and no policy lets the agent connect to it.</summary>
public sealed record RefusedHost(string Host, int Port);

/// <summary><c>{}</c>: done, and there is nothing to say about it.</summary>
public sealed record EmptyResult;
