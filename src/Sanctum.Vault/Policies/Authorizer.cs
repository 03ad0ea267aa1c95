using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Sealing;

namespace Sanctum.Policies;

/// <summary>
/// The one place that decides what an agent may do. A refusal is on the record before the agent hears of it; a grant is recorded
/// together with its outcome, before anything of it leaves the vault (<see cref="Authorized"/>).
/// </summary>
internal sealed class Authorizer(UnsealedVault vault)
{
    /// <param name="caller">Who asks.</param>
    /// <param name="actions">All that must be granted.</param>
    /// <param name="path">On which credential.</param>
    /// <param name="action">What the audit log calls it.</param>
    /// <param name="operation">Which operation, of a use.</param>
    /// <param name="callDigest">What tells this call from others like it, for approvals.</param>
    /// <exception cref="VaultException">It is refused.</exception>
    public async ValueTask<Authorized> DemandAsync(
        Caller caller,
        PolicyActions actions,
        CredentialPath path,
        string action,
        string? operation = null,
        ReadOnlyMemory<byte> callDigest = default)
    {
        var request = new DecisionRequest(caller.Agent, actions, path, operation, vault.Options.TimeProvider.GetLocalNow());
        var decision = Decide(request, callDigest);
        var authorized = new Authorized(vault, caller, decision, path, action, operation);
        if (!decision.Allowed)
        {
            await authorized.RefuseAsync(Refusal(decision, request, callDigest)).ConfigureAwait(false);
        }

        return authorized;
    }

    private Decision Decide(DecisionRequest request, ReadOnlyMemory<byte> callDigest)
    {
        // A racing call can take the last of an hourly limit between deciding and counting: then it is decided again.
        while (true)
        {
            var decision = vault.Policies.Decide(request, vault.Counters);
            if (decision.Code == VaultErrorCode.ApprovalRequired
                && vault.Approvals.TryConsume(request.Agent, request.Actions, request.Path, request.Operation, callDigest, vault.Now))
            {
                request = request with { Approved = true };
                continue;
            }

            if (!decision.Allowed || vault.Counters.TryCount(decision, request))
            {
                return decision;
            }
        }
    }

    private VaultException Refusal(Decision decision, DecisionRequest request, ReadOnlyMemory<byte> callDigest)
    {
        switch (decision.Code)
        {
            case VaultErrorCode.RateLimited:
                return Errors.LimitSpent(decision.RetryAfter ?? TimeSpan.FromSeconds(1));
            case VaultErrorCode.ApprovalRequired:
                try
                {
                    return Errors.ApprovalRequired(vault.Approvals.Request(
                        request.Agent, request.Actions, request.Path, request.Operation, callDigest, vault.Now));
                }
                catch (VaultException refused)
                {
                    return refused;
                }

            default:
                return Errors.AccessDenied(request.Actions, request.Path);
        }
    }
}
