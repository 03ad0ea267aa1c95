using System.Globalization;
using System.Text.Json;
using Sanctum.Protocol;

namespace Sanctum.Client;

/// <summary>
/// <c>AUTH_FAILED</c>: the agent is unknown or its key is wrong; or, before anything was sent, the key file is missing or
/// unusable, or the daemon asked for a signature over something that is no challenge.
/// </summary>
public sealed class AuthException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public AuthException(string message, Exception? inner = null)
        : base(ErrorCode.AuthFailed, message, inner)
    {
    }
}

/// <summary><c>ACCESS_DENIED</c>: no policy grants this action on this path, whether the path exists or not.</summary>
public sealed class AccessDeniedException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public AccessDeniedException(string message, Exception? inner = null)
        : base(ErrorCode.AccessDenied, message, inner)
    {
    }
}

/// <summary><c>CREDENTIAL_NOT_FOUND</c>: a policy grants the action, and there is no such credential.</summary>
public sealed class CredentialNotFoundException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public CredentialNotFoundException(string message, Exception? inner = null)
        : base(ErrorCode.CredentialNotFound, message, inner)
    {
    }
}

/// <summary><c>VAULT_LOCKED</c>: the vault is sealed, until its operator unseals it.</summary>
public sealed class VaultLockedException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public VaultLockedException(string message, Exception? inner = null)
        : base(ErrorCode.VaultLocked, message, inner)
    {
    }
}

/// <summary><c>LEASE_EXPIRED</c>: the lease expired, was released or revoked, or belongs to another agent.</summary>
public sealed class LeaseExpiredException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public LeaseExpiredException(string message, Exception? inner = null)
        : base(ErrorCode.LeaseExpired, message, inner)
    {
    }
}

/// <summary><c>QUARANTINED</c>: the agent is frozen, and whatever it does is refused until an operator lets it go. Stop, and don't try again.</summary>
public sealed class QuarantinedException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public QuarantinedException(string message, Exception? inner = null)
        : base(ErrorCode.Quarantined, message, inner)
    {
    }
}

/// <summary><c>RATE_LIMITED</c>: too many requests; <see cref="RetryAfter"/> says when to try again.</summary>
public sealed class RateLimitedException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="retryAfter">How long to wait, not negative; null for not known.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retryAfter"/> is negative.</exception>
    public RateLimitedException(string message, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(ErrorCode.RateLimited, message, inner)
    {
        if (retryAfter is { } wait)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(retryAfter));
            Context = new Dictionary<string, JsonElement> { ["retry_after"] = JsonElement.Parse(wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)) };
        }
    }

    /// <summary>How long to wait, from <c>context.retry_after</c> (seconds); null when the vault did not say.</summary>
    public TimeSpan? RetryAfter =>
        Context.TryGetValue("retry_after", out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds)
        && seconds is >= 0 and <= int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>Whether a request had been sent by then, from <c>context.sends</c>: the service may have done what it was asked.</summary>
    internal bool WasSent => Context.TryGetValue("sends", out var sends) && sends.ValueKind == JsonValueKind.Number && sends.TryGetInt32(out var count) && count > 0;
}

/// <summary>
/// <c>SESSION_EXPIRED</c>: the session expired or was ended, and so did the new one that the client then signed in for.
/// One expired session alone is never reported.
/// </summary>
public sealed class SessionExpiredException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public SessionExpiredException(string message, Exception? inner = null)
        : base(ErrorCode.SessionExpired, message, inner)
    {
    }

    /// <summary>Whether nothing of the request was sent, from <c>context.sends</c>: where it is not told, nobody knows.</summary>
    internal bool IsUnsent => Context.TryGetValue("sends", out var sends) && sends.ValueKind == JsonValueKind.Number && sends.TryGetInt32(out var count) && count == 0;
}

/// <summary>
/// <c>CONNECTION_FAILED</c>: the daemon could not be reached, or not in time. The call was not sent: trying again is safe.
/// </summary>
public sealed class VaultConnectionException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public VaultConnectionException(string message, Exception? inner = null)
        : base("CONNECTION_FAILED", message, inner)
    {
    }
}

/// <summary>
/// <c>OUTCOME_UNKNOWN</c>: the call was sent and no reply came, because the connection broke or the reply took longer than
/// <see cref="SanctumClientOptions.RequestTimeout"/>. The vault may have carried it out or not, so the client did not send it
/// again; whether to is for the program to decide.
/// </summary>
public sealed class OutcomeUnknownException : VaultException
{
    /// <summary>Makes one.</summary>
    /// <param name="message">What went wrong, without a secret.</param>
    /// <param name="inner">What caused it; null for nothing.</param>
    public OutcomeUnknownException(string message, Exception? inner = null)
        : base("OUTCOME_UNKNOWN", message, inner)
    {
    }
}
