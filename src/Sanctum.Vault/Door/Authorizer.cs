using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;
using Sanctum.Sealing;

namespace Sanctum.Door;

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
    /// <param name="call">What tells this call from others like it.</param>
    /// <param name="cancellationToken">Ends the waiting for an approval.</param>
    /// <exception cref="VaultException">It is refused.</exception>
    public async ValueTask<Authorized> RequireAsync(
        Caller caller,
        PolicyActions actions,
        CredentialPath path,
        string action,
        string? operation = null,
        Call call = default,
        CancellationToken cancellationToken = default)
    {
        var request = new DecisionRequest(caller.Agent, actions, path, operation, vault.Moment, call.Target, call.Approved);
        await RequireNoHoneytokenAsync(caller, request, path, action, call.LeaseId).ConfigureAwait(false);

        var decision = Decide(request, call);
        VaultException? refusal = null;
        if (!decision.Allowed)
        {
            (decision, refusal) = await AskAsync(caller, decision, request, call, cancellationToken).ConfigureAwait(false);

            // That may have taken a while.
            await RequireNoHoneytokenAsync(caller, request, path, action, call.LeaseId).ConfigureAwait(false);
        }

        var authorized = new Authorized(vault, caller, decision, path, action, operation, call.LeaseId, call.IsForLease);
        if (refusal is not null)
        {
            await authorized.RefuseAsync(refusal).ConfigureAwait(false);
        }

        return authorized;
    }

    /// <summary>Whether the credential is there to be found: whoever names it to use it is quarantined, whatever was granted.</summary>
    public bool IsHoneytoken(CredentialPath path) => vault.Credentials.TryFind(path, out var found) && CredentialTags.IsHoneytoken(found);

    /// <summary>Refuses a call on a credential that is there to be found, and quarantines the agent.</summary>
    /// <exception cref="VaultException">It is one; quarantined.</exception>
    public Task RequireNoHoneytokenAsync(Caller caller, DecisionRequest request, CredentialPath path, string action, string? leaseId = null) =>
        IsHoneytoken(path)
            ? Honeytokens.TouchedAsync(vault, caller, new Authorized(vault, caller, Decision.Deny(request, request.Actions, []), path, action, request.Operation, leaseId))
            : Task.CompletedTask;

    /// <summary>Refuses what no policy can grant, whatever is asked for next. Each refusal is on the record, as far as refusals of one agent are recorded one by one.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="actions">What would have to be granted.</param>
    /// <param name="paths">On which credentials, at least one.</param>
    /// <param name="action">What the audit log calls it.</param>
    /// <exception cref="VaultException">Always: access denied, or quarantined where one is a honeytoken.</exception>
    public async Task RefuseAsync(Caller caller, PolicyActions actions, IReadOnlyCollection<CredentialPath> paths, string action)
    {
        VaultException? first = null;

        // Honeytokens first: whatever can't be recorded of the others, the agent is quarantined.
        foreach (var path in paths.OrderByDescending(IsHoneytoken))
        {
            try
            {
                await RefuseAsync(caller, actions, path, action).ConfigureAwait(false);
            }
            catch (VaultException refusal)
            {
                first ??= refusal;
                if (refusal.Code == VaultErrorCode.RateLimited)
                {
                    break;
                }
            }
        }

        throw first ?? throw new ArgumentException("nothing was refused", nameof(paths));
    }

    private Task RefuseAsync(Caller caller, PolicyActions actions, CredentialPath path, string action)
    {
        var request = new DecisionRequest(caller.Agent, actions, path, null, vault.Moment);
        var decision = Decision.Deny(request, actions, []);
        var refused = new Authorized(vault, caller, decision, path, action, null, null);
        return IsHoneytoken(path) ? Honeytokens.TouchedAsync(vault, caller, refused) : refused.RefuseAsync(Refusal(decision, request));
    }

    private Decision Decide(DecisionRequest request, Call call)
    {
        // A racing call can take the last of an hourly limit between deciding and counting: then it is decided again.
        while (true)
        {
            var decision = vault.Policies.Decide(request, vault.Counters);
            if (decision.Code == VaultErrorCode.ApprovalRequired && vault.Approvals.TryConsume(Asked(request, call), call.Digest, vault.Clock.Now))
            {
                request = request with { Approved = true };
                continue;
            }

            if (!decision.Allowed || call.IsForLease || vault.Counters.TryCount(decision, request))
            {
                return decision;
            }
        }
    }

    // A call that only a human can allow waits a little, so that somebody who sits there need not be asked twice. It is still this
    // call that goes on: nothing is kept to be repeated later.
    private async ValueTask<(Decision Decision, VaultException? Refusal)> AskAsync(
        Caller caller, Decision decision, DecisionRequest request, Call call, CancellationToken cancellationToken)
    {
        if (decision.Code != VaultErrorCode.ApprovalRequired)
        {
            return (decision, Refusal(decision, request));
        }

        if (request.Operation is { } name && !OperationNames.IsKnown(name))
        {
            // No human is asked about what can't be done, and nothing is kept of a name that can be anything.
            return (decision, Errors.UnknownOperation());
        }

        PendingApproval? asked = null;

        // Sealing ends the session too.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        try
        {
            asked = vault.Approvals.Request(Asked(request, call), call.Digest, vault.Clock.Now);
            await vault.Approvals.WaitAsync(asked.Id, vault.Options.ApprovalWait, vault.Options.TimeProvider, ending.Token).ConfigureAwait(false);
            decision = Decide(request with { Now = vault.Moment }, call);
            return decision.Allowed ? (decision, null)
                : decision.Code == VaultErrorCode.ApprovalRequired ? (decision, Errors.ApprovalRequired(vault.Approvals.Request(Asked(request, call), call.Digest, vault.Clock.Now)))
                : (decision, Refusal(decision, request));
        }
        catch (VaultException refused)
        {
            return (decision, refused);
        }
        catch (OperationCanceledException) when (asked is not null)
        {
            // Nobody is there any more to hear it; the record is made all the same.
            return (decision, Errors.ApprovalRequired(asked));
        }
    }

    /// <summary>What a call is told that the policies refuse.</summary>
    public VaultException Refusal(Decision decision, DecisionRequest request) => decision.Code switch
    {
        VaultErrorCode.RateLimited => Errors.LimitSpent(decision.RetryAfter ?? TimeSpan.FromSeconds(1)),
        VaultErrorCode.EgressDenied => Errors.NotGrantedThere(request.Path, request.Target!),

        // A path that no policy of this agent's speaks of can be anything, also a secret that was pasted by mistake: it is not said again.
        _ => vault.Policies.HoldsAnyGrant(request.Agent, request.Path)
            ? Errors.AccessDenied(request.Actions, request.Path)
            : Errors.AccessDenied(request.Actions),
    };

    private static Question Asked(DecisionRequest request, Call call) =>
        new(request.Agent, request.Actions, request.Path, request.Operation, request.Target?.ToString() ?? call.Summary);
}
