namespace Sanctum.Protocol;

/// <summary>The error codes of the wire. Published clients match on these strings: none is ever renamed.</summary>
public static class ErrorCode
{
    /// <summary>Unknown agent, wrong or replayed signature, or no session. The three look the same.</summary>
    public const string AuthFailed = "AUTH_FAILED";

    /// <summary>No policy grants this action on this path, whether the path exists or not.</summary>
    public const string AccessDenied = "ACCESS_DENIED";

    /// <summary>The agent is quarantined, and only an operator can let it go.</summary>
    public const string Quarantined = "QUARANTINED";

    /// <summary>A policy grants the action, and there is no such credential.</summary>
    public const string CredentialNotFound = "CREDENTIAL_NOT_FOUND";

    /// <summary>The vault is sealed.</summary>
    public const string VaultLocked = "VAULT_LOCKED";

    /// <summary>The lease expired, was released or revoked, or belongs to another agent.</summary>
    public const string LeaseExpired = "LEASE_EXPIRED";

    /// <summary>The lease has reached its limit of renewals.</summary>
    public const string LeaseExhausted = "LEASE_EXHAUSTED";

    /// <summary>No lease may be derived from this one, or not for this credential.</summary>
    public const string DelegationDenied = "DELEGATION_DENIED";

    /// <summary>The version of CRP that was requested is not spoken here.</summary>
    public const string VersionMismatch = "VERSION_MISMATCH";

    /// <summary>A scope was requested that no lease can be limited to.</summary>
    public const string ScopeUnavailable = "SCOPE_UNAVAILABLE";

    /// <summary>A feature of CRP was requested that is not there.</summary>
    public const string FeatureNotSupported = "FEATURE_NOT_SUPPORTED";

    /// <summary>Too many requests; <c>context.retry_after</c> is in seconds.</summary>
    public const string RateLimited = "RATE_LIMITED";

    /// <summary>The session expired, was ended, or belongs to another connection.</summary>
    public const string SessionExpired = "SESSION_EXPIRED";

    /// <summary>The destination is not bound to the credential, or is not a public address.</summary>
    public const string EgressDenied = "EGRESS_DENIED";

    /// <summary>The destination could not be reached, timed out, or sent an unusable response.</summary>
    public const string UpstreamFailed = "UPSTREAM_FAILED";

    /// <summary>A human must approve first; <c>context.approval_id</c> names the request.</summary>
    public const string ApprovalRequired = "APPROVAL_REQUIRED";

    /// <summary>The frame is not a well-formed request.</summary>
    public const string InvalidRequest = "INVALID_REQUEST";

    /// <summary>The parameters are malformed; <c>context.member</c> names the one.</summary>
    public const string InvalidParams = "INVALID_PARAMS";

    /// <summary>There is no method of this name.</summary>
    public const string MethodNotFound = "METHOD_NOT_FOUND";

    /// <summary>There is no operation of this name, or the credential can't do it.</summary>
    public const string UnsupportedOperation = "UNSUPPORTED_OPERATION";

    /// <summary>The reply would not fit a frame.</summary>
    public const string ResponseTooLarge = "RESPONSE_TOO_LARGE";

    /// <summary>The credential's secret is damaged in the vault's files; <c>context.path</c> names it. All others are served.</summary>
    public const string CredentialDamaged = "CREDENTIAL_DAMAGED";

    /// <summary>Anything else; the daemon's log has the details under <c>context.request_id</c>.</summary>
    public const string InternalError = "INTERNAL_ERROR";
}
