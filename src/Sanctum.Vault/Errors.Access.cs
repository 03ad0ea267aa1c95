using System.Globalization;
using Sanctum.Credentials;

namespace Sanctum;

internal static partial class Errors
{
    /// <summary>One error for an unknown agent, a wrong signature and a stale challenge: telling them apart would tell who exists.</summary>
    public static VaultException AuthFailed() => new(
        VaultErrorCode.AuthFailed,
        "authentication failed",
        suggestion: "check the agent's name and key; an operator can list agents: sanctum agent list");

    public static VaultException SessionExpired() => new(
        VaultErrorCode.SessionExpired,
        "the session is over",
        suggestion: "authenticate again");

    public static VaultException CredentialNotFound(CredentialPath path) => new(
        VaultErrorCode.CredentialNotFound,
        $"there is no credential at '{path}'",
        suggestion: "list what there is, or ask the operator to store it: sanctum store",
        context: new Dictionary<string, object> { ["path"] = path.Value });

    public static VaultException RateLimited(string message, TimeSpan retryAfter)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(retryAfter.TotalSeconds));
        return new VaultException(
            VaultErrorCode.RateLimited,
            message,
            suggestion: $"try again in {Seconds(TimeSpan.FromSeconds(seconds))}",
            context: new Dictionary<string, object> { ["retry_after"] = seconds });
    }

    public static VaultException LeaseExpired() => new(
        VaultErrorCode.LeaseExpired,
        "the lease is over",
        detail: "it is past its time, was released or revoked, or is not this agent's",
        suggestion: "retrieve the credential again");

    public static VaultException LeaseExhausted(int renewals) => new(
        VaultErrorCode.LeaseExhausted,
        string.Create(CultureInfo.InvariantCulture, $"the lease has been renewed {renewals} times, which is as often as it may be"),
        suggestion: "retrieve the credential again");

    public static VaultException NotFound(string kind, string name) => new(
        VaultErrorCode.NotFound,
        $"there is no {kind} '{name}'",
        suggestion: $"see which there are: sanctum {kind} list");

    public static VaultException NoSuchLease(string id) => new(
        VaultErrorCode.NotFound,
        $"there is no active lease '{id}'",
        suggestion: "see which there are: sanctum lease status");

    public static VaultException Exists(string kind, string name) => new(
        VaultErrorCode.Conflict,
        $"there is a {kind} '{name}' already",
        suggestion: $"remove it first: sanctum {kind} remove {name}");
}
