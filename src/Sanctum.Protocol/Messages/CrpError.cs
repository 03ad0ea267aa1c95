using System.Collections.Frozen;
using System.Text.Json;

namespace Sanctum.Protocol.Messages;

#pragma warning disable CS1591 // The members are those of JSON-RPC 2.0; what they mean is said in docs/crp.md.

/// <summary>An error of a CRP method, as JSON-RPC has them: a number, a line, and data with the code that the other methods would give.</summary>
public sealed record CrpError(int Code, string Message, CrpErrorData Data)
{
    private const int ProviderError = -33010;

    // -33001 to -33012, -33020 and -33021 are CRP's; -33013 is ours, for what 0.2 has a name and no number. The rest is JSON-RPC's.
    private static readonly FrozenDictionary<string, (int Code, string Name)> Numbers = new Dictionary<string, (int, string)>(StringComparer.Ordinal)
    {
        [ErrorCode.VersionMismatch] = (-33001, "version_mismatch"),
        [ErrorCode.CredentialNotFound] = (-33002, "service_not_found"),
        [ErrorCode.AccessDenied] = (-33003, "policy_denied"),
        [ErrorCode.EgressDenied] = (-33003, "policy_denied"),
        [ErrorCode.LeaseExpired] = (-33004, "lease_not_found"),
        [ErrorCode.LeaseExhausted] = (-33006, "lease_not_renewable"),
        [ErrorCode.VaultLocked] = (-33007, "credential_unavailable"),
        [ErrorCode.CredentialDamaged] = (-33007, "credential_unavailable"),
        [ErrorCode.RateLimited] = (-33008, "rate_limited"),
        [ErrorCode.ScopeUnavailable] = (-33009, "scope_unavailable"),
        [ErrorCode.FeatureNotSupported] = (-33011, "feature_not_supported"),
        [ErrorCode.DelegationDenied] = (-33013, "delegation_denied"),
        [ErrorCode.ApprovalRequired] = (-33020, "require_approval"),
        [ErrorCode.Quarantined] = (-33021, "quarantine"),
        [ErrorCode.InvalidParams] = (-32602, "invalid_params"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The error of a CRP method for one of any other method.</summary>
    public static CrpError Of(RpcError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var (code, name) = Numbers.GetValueOrDefault(error.Code, (ProviderError, "provider_error"));
        var retryAfter = error.Context is { ValueKind: JsonValueKind.Object } context && context.TryGetProperty("retry_after", out var seconds) ? seconds.GetInt64() : (long?)null;
        return new CrpError(code, error.Message, new CrpErrorData(name, error.Code, error.Detail, error.Suggestion, error.DocsUrl, retryAfter, error.Context));
    }
}

/// <summary>What else there is to say: <c>code</c> is one of <see cref="ErrorCode"/>, <c>retryAfter</c> is in seconds.</summary>
public sealed record CrpErrorData(
    string Name, string Code, string? Detail = null, string? Suggestion = null, string? DocsUrl = null, long? RetryAfter = null, JsonElement? Context = null);
