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

    // Not why: what the operator suspects, or what was watched, is not the agent's business.
    public static VaultException Quarantined() => new(
        VaultErrorCode.Quarantined,
        "this agent is quarantined",
        suggestion: "stop, and don't try again; an operator can let the agent go: sanctum agent unfreeze NAME");

    public static VaultException SessionExpired() => new(
        VaultErrorCode.SessionExpired,
        "the session has ended",
        suggestion: "authenticate again");

    public static VaultException CredentialNotFound(CredentialPath path) => new(
        VaultErrorCode.CredentialNotFound,
        $"there is no credential at '{path}'",
        suggestion: "list the credentials, or ask the operator to store this one: sanctum store",
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

    public static VaultException TooManyFailedSignIns(TimeSpan retryAfter) => RateLimited("too many failed sign-ins from this source", retryAfter);

    public static VaultException TooManyRefusals(int most, TimeSpan retryAfter) =>
        RateLimited($"more than {most} of this agent's calls were refused or failed within a minute", retryAfter);

    public static VaultException SecretIsNotText() => new(
        VaultErrorCode.UnsupportedOperation,
        "the secret is not text, and this method can return only text",
        suggestion: "call 'retrieve', which returns the bytes in hex, or have the vault use the secret");

    public static VaultException SecretTooLarge(RetrievalForm form, int most) => new(
        VaultErrorCode.ResponseTooLarge,
        $"the secret does not fit a reply of {most} bytes as {(form == RetrievalForm.Text ? "JSON text" : "hex")}; no lease was made",
        suggestion: form == RetrievalForm.Text
            ? "call 'retrieve', which returns the bytes in hex, or have the vault use the secret"
            : "have the vault use the secret instead of retrieving it",
        context: new Dictionary<string, object> { ["limit"] = (long)most });

    public static VaultException LeaseExpired() => new(
        VaultErrorCode.LeaseExpired,
        "the lease has ended",
        detail: "it expired, was released or revoked, or belongs to another agent",
        suggestion: "retrieve the credential again");

    public static VaultException LeaseExhausted(int renewals) => new(
        VaultErrorCode.LeaseExhausted,
        string.Create(CultureInfo.InvariantCulture, $"the lease has reached its limit of {renewals} renewals"),
        suggestion: "retrieve the credential again");

    public static VaultException NotFound(string kind, string name) => new(
        VaultErrorCode.NotFound,
        $"there is no {kind} {(PolicyRules.IsName(name) ? $"'{name}'" : "of that name")}",
        suggestion: $"list them: sanctum {kind} list");

    /// <summary>The change took effect; what is uncertain is whether leases that it ends are still active.</summary>
    public static VaultException LeasesNotEnded(VaultException cause) => new(
        cause.Code,
        $"the change took effect, but leases that end with it could not be ended ({cause.Message})",
        suggestion: "don't repeat the change; see 'sanctum lease status', and end them: sanctum lease revoke ID",
        inner: cause);

    public static VaultException SomeLeasesRevoked(int revoked, VaultException cause) => new(
        cause.Code,
        $"only {revoked} of the leases were revoked ({cause.Message})",
        suggestion: "run the command again for the others",
        inner: cause);

    public static VaultException NoSuchLease(string id) => new(
        VaultErrorCode.NotFound,
        $"there is no active lease {(id.Length == 32 && id.All(char.IsAsciiHexDigit) ? $"'{id}'" : "of that id")}",
        suggestion: "list them: sanctum lease status");

    public static VaultException AgentExists(string name) => new(
        VaultErrorCode.Conflict,
        $"there is already an agent '{name}'",
        suggestion: $"give it a new key: sanctum agent rotate-key {name}");

    public static VaultException PolicyExists(string name) => new(
        VaultErrorCode.Conflict,
        $"there is already a policy '{name}'",
        suggestion: $"see it: sanctum policy show {name}; replace it: sanctum policy set {name}");

    public static VaultException SeveralServices(IEnumerable<CredentialPath> paths) => InvalidParams(
        "service", $"several credentials are meant: {string.Join(", ", paths)}; name one by its path");

    public static VaultException ParentOfAnother(CredentialPath path) => new(
        VaultErrorCode.DelegationDenied,
        $"the parent lease is not on {path}",
        suggestion: "name the service of the parent lease");

    public static VaultException DelegationTooDeep(int most) => new(
        VaultErrorCode.DelegationDenied,
        string.Create(CultureInfo.InvariantCulture, $"no lease may be derived from this one: {most} above it are the most"),
        suggestion: "ask the holder of a lease further up, or ask for a lease without a parent");

    public static VaultException TooManyDerived(int most) =>
        RateLimited($"{most} leases were derived from the parent lease already", TimeSpan.FromSeconds(60));
}
