using System.Globalization;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;

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

    public static VaultException TooManyFailedSignIns(TimeSpan retryAfter) => RateLimited("too many failed sign-ins from here", retryAfter);

    public static VaultException TooManyRefusals(int most, TimeSpan retryAfter) =>
        RateLimited($"more than {most} calls of this agent were refused or failed within a minute", retryAfter);

    public static VaultException SecretIsNotText() => new(
        VaultErrorCode.UnsupportedOperation,
        "the secret is not text, and this method's reply can only carry text",
        suggestion: "use the 'retrieve' method, which gives the bytes in hex, or have the vault use the secret");

    public static VaultException SecretTooLarge(RetrievalForm form, int most) => new(
        VaultErrorCode.ResponseTooLarge,
        $"the secret does not fit a reply of {most} bytes as {(form == RetrievalForm.Text ? "JSON text" : "hex")}; no lease was made",
        suggestion: form == RetrievalForm.Text
            ? "use the 'retrieve' method, which gives the bytes in hex, or have the vault use the secret"
            : "have the vault use the secret instead of retrieving it",
        context: new Dictionary<string, object> { ["limit"] = (long)most });

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
        $"there is no {kind} {(PolicyRules.IsName(name) ? $"'{name}'" : "of that name")}",
        suggestion: $"see which there are: sanctum {kind} list");

    public static VaultException NoSuchLease(string id) => new(
        VaultErrorCode.NotFound,
        $"there is no active lease {(id.Length == 32 && id.All(char.IsAsciiHexDigit) ? $"'{id}'" : "of that id")}",
        suggestion: "see which there are: sanctum lease status");

    public static VaultException AgentExists(string name) => new(
        VaultErrorCode.Conflict,
        $"there is already an agent '{name}'",
        suggestion: $"give it a new key: sanctum agent rotate-key {name}");

    public static VaultException PolicyExists(string name) => new(
        VaultErrorCode.Conflict,
        $"there is already a policy '{name}'",
        suggestion: $"see it: sanctum policy show {name}; replace it: sanctum policy set {name}");
}
