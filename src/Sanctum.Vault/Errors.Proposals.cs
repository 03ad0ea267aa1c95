using Sanctum.Credentials;

namespace Sanctum;

internal static partial class Errors
{
    // Not how many others have: that is not the agent's business.
    public static VaultException TooManyProposals(int? most) => new(
        VaultErrorCode.RateLimited,
        most is null ? "too many requests for access wait for an operator" : $"{most} of this agent's requests for access already wait for an operator",
        suggestion: "wait until the operator has decided some of them",
        context: new Dictionary<string, object> { ["retry_after"] = 60L });

    public static VaultException UnknownHandle() => InvalidParams("handle", "no request of this agent has this handle");

    public static VaultException NoSuchProposal() => new(
        VaultErrorCode.NotFound,
        "no request for access waits under this id",
        suggestion: "list them: sanctum approval list; one waits until it is decided, for 24 hours at most");

    public static VaultException NothingToGrant(CredentialPath path) => new(
        VaultErrorCode.NotFound,
        $"there is no credential at '{path}'",
        suggestion: $"store it first, then grant: sanctum store {path}");

    public static VaultException PolicyOver(string name) => InvalidParams("expires_at", $"policy '{name}' would have expired already");
}
