using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;

namespace Sanctum;

internal static partial class Errors
{
    // The same words whether the path exists or not, and no policy's name: what the rules are is not the agent's business.
    public static VaultException AccessDenied(PolicyActions actions, CredentialPath? path = null) => new(
        VaultErrorCode.AccessDenied,
        $"no policy grants {ActionNames.Of(actions)} on {path?.Value ?? "this path"}",
        suggestion: "ask the vault's operator for a policy; operators can check decisions with: sanctum policy simulate");

    public static VaultException RulesChanged(CredentialPath path) => new(
        VaultErrorCode.AccessDenied,
        $"the operator changed meanwhile what {path} may be used for; nothing was given out",
        suggestion: "make the call again: it is decided by the new rules");

    public static VaultException AlgorithmDenied(string algorithm) => new(
        VaultErrorCode.AccessDenied,
        $"no policy grants signing with {algorithm}",
        suggestion: "name an algorithm that your policies allow, or ask the vault's operator to allow this one",
        context: new Dictionary<string, object> { ["member"] = "algorithm" });

    public static VaultException LimitSpent(TimeSpan retryAfter) =>
        RateLimited("the policy that grants this has reached its hourly limit", retryAfter);

    public static VaultException ApprovalRequired(PendingApproval approval) => new(
        VaultErrorCode.ApprovalRequired,
        $"{ActionNames.Of(approval.Action)} on {approval.Path} requires a human's approval",
        suggestion: "wait for the operator's approval, then send exactly the same call again",
        context: new Dictionary<string, object> { ["approval_id"] = approval.Id });

    public static VaultException NeedsApproval(PolicyActions actions, CredentialPath path) => new(
        VaultErrorCode.ApprovalRequired,
        $"{ActionNames.Of(actions)} on {path} requires a human's approval",
        suggestion: "make the call: the operator is asked then");

    public static VaultException ApprovalDenied() => new(
        VaultErrorCode.AccessDenied,
        "the operator denied this call",
        suggestion: "don't repeat the call; ask the operator why");

    public static VaultException TooManyApprovals(int most) => new(
        VaultErrorCode.RateLimited,
        $"{most} of this agent's calls already wait for approval",
        suggestion: "wait until the operator has decided some of them",
        context: new Dictionary<string, object> { ["retry_after"] = 60L });

    /// <summary>Which policy of several is wrong; <paramref name="cause"/> says what is wrong with it.</summary>
    public static VaultException InPolicy(int index, string name, VaultException cause) => new(
        cause.Code,
        $"policies[{index}]{(PolicyRules.IsName(name) ? $" ('{name}')" : "")}: {cause.Message}; nothing was changed",
        suggestion: cause.Suggestion,
        context: cause.Context,
        inner: cause);

    public static VaultException RepeatedPolicy(int first, int second) => InvalidParams(
        "policies", $"policies[{second}] has the same name as policies[{first}]; nothing was changed");

    /// <summary>What an operator without <see cref="Operator.MayDisclose"/> is told.</summary>
    public static VaultException DisclosureDenied(string what) => new(
        VaultErrorCode.AccessDenied,
        $"{what}, and this operator's token has no scope 'secrets'",
        suggestion: "get a token with both scopes: sanctum login --scope manage,secrets");

    public static VaultException NoSuchApproval() => new(
        VaultErrorCode.NotFound,
        "no call with this id waits for approval",
        suggestion: "list waiting calls: sanctum approval list; a call waits until it is decided, for 15 minutes at most, or until the vault is sealed");
}
