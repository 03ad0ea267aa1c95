namespace Sanctum;

/// <summary>Why the vault refused or failed. A daemon maps each to the code of the same name on its wire.</summary>
public enum VaultErrorCode
{
    /// <summary>Unknown agent, wrong or replayed signature, wrong passphrase. They look the same.</summary>
    AuthFailed,

    /// <summary>No policy grants this action on this path, whether the path exists or not.</summary>
    AccessDenied,

    /// <summary>The agent is quarantined: an operator has to let it go, and nothing it tries will help.</summary>
    Quarantined,

    /// <summary>The action is granted, and there is no such credential.</summary>
    CredentialNotFound,

    /// <summary>The vault is sealed.</summary>
    VaultLocked,

    /// <summary>The lease expired, was released or revoked, or belongs to another agent.</summary>
    LeaseExpired,

    /// <summary>The lease has reached its limit of renewals.</summary>
    LeaseExhausted,

    /// <summary>No lease may be derived from this one, or not for this credential.</summary>
    DelegationDenied,

    /// <summary>Too many requests; the context has <c>retry_after</c> in seconds.</summary>
    RateLimited,

    /// <summary>The session expired or was ended.</summary>
    SessionExpired,

    /// <summary>The destination is not bound to the credential, or is not a public address.</summary>
    EgressDenied,

    /// <summary>The request holds the secret already, which its agent can only have guessed. On the wire this is egress denied.</summary>
    SecretInRequest,

    /// <summary>The destination could not be reached or sent an unusable response.</summary>
    UpstreamFailed,

    /// <summary>A human must approve first; the context has <c>approval_id</c>.</summary>
    ApprovalRequired,

    /// <summary>A parameter is missing, unknown or malformed; the context has <c>member</c>.</summary>
    InvalidParams,

    /// <summary>There is no such operation, or this credential can't do it.</summary>
    UnsupportedOperation,

    /// <summary>The result would be larger than any client accepts.</summary>
    ResponseTooLarge,

    /// <summary>An operator named an agent, policy or lease that does not exist.</summary>
    NotFound,

    /// <summary>What an operator wants to make exists already, or the state does not allow it.</summary>
    Conflict,

    /// <summary>The vault's files are damaged or were changed by something else.</summary>
    Damaged,

    /// <summary>The vault's files are of a version that this program does not read.</summary>
    UnsupportedVersion,

    /// <summary>The store could not write: a full disk, or a lost one. Nothing of the call took effect.</summary>
    StorageFailed,

    /// <summary>One credential's secret can't be decrypted, or is missing; the context has <c>path</c>. All others are served.</summary>
    CredentialDamaged,
}
