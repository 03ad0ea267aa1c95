using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>One decided call, on its way to an outcome. Whatever comes of it is recorded exactly once.</summary>
internal sealed class Authorized(
    UnsealedVault vault, Caller caller, Decision decision, CredentialPath path, string action, string? operation, string? leaseId = null, bool isForLease = false)
{
    /// <summary>What an outcome has where somebody else than the service ended it early.</summary>
    public const string EndedBy = "ended_by";

    /// <summary>The client left, or gave up.</summary>
    public const string Client = "client";

    // Known when it was decided on, that is: what is removed while the call runs keeps its name in the log.
    private readonly string _resource = ResourceOf(vault, path);

    // A lease alone is no use yet, and counts against no limit.
    private readonly bool[] _counted = isForLease ? [] : UseCounters.CountedOf(decision);

    private bool _announced;

    public Decision Decision => decision;

    /// <summary>How a path stands in the log. One that is none of the vault's can be anything, and is not written down.</summary>
    public static string ResourceOf(UnsealedVault vault, CredentialPath path) =>
        vault.Credentials.TryFind(path, out _) ? path.Value : UnknownName.Of(vault, "path", path.Value);

    /// <summary>
    /// Puts the grant on the record before what is done has an effect outside of the vault; how it went is an entry of its own then.
    /// </summary>
    /// <param name="details">What there is to say about it.</param>
    /// <exception cref="VaultException">It could not be recorded, or the grant is gone by now.</exception>
    public async Task AnnounceAsync(IReadOnlyDictionary<string, string> details)
    {
        await CommitAsync(new Outcome { Details = details }).ConfigureAwait(false);
        var refusal = Withdrawal(new Outcome());
        _announced = true;
        await ThrowAsync(refusal).ConfigureAwait(false);
    }

    /// <summary>Does what was granted, records how it went, and only then lets go of the result.</summary>
    /// <param name="body">Fills in the outcome's particulars; what it throws is recorded and thrown on.</param>
    public async Task<T> RunAsync<T>(Func<Outcome, ValueTask<T>> body)
    {
        var outcome = new Outcome();
        T result;
        try
        {
            result = await body(outcome).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            await FailAsync(failure, outcome).ConfigureAwait(false);
            throw;
        }

        try
        {
            await SucceedAsync(outcome).ConfigureAwait(false);
            return result;
        }
        catch
        {
            // Without its entry the result does not leave, and what it holds is not left lying about.
            outcome.TakeBack?.Invoke();
            (result as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Records that what was granted was done.</summary>
    /// <exception cref="VaultException">It could not be recorded, or the grant is gone by now.</exception>
    public async Task SucceedAsync(Outcome outcome)
    {
        if (_announced && !outcome.IsRemarkable)
        {
            // The decision has been durable since before the request went out; how it went may follow with the next batch.
            vault.Journal.Append(Entry(AuditOutcome.Allowed, null, outcome));
        }
        else
        {
            await CommitAsync(outcome).ConfigureAwait(false);
        }

        await RequireNotWithdrawnAsync(outcome).ConfigureAwait(false);
    }

    /// <summary>Records how something ended that was delivered while it came.</summary>
    /// <param name="failure">Why it ended early; null when it was whole.</param>
    /// <param name="outcome">What there is to say about it.</param>
    public Task EndAsync(Exception? failure, Outcome outcome)
    {
        if (failure is not null)
        {
            return FailAsync(failure, outcome);
        }

        vault.Journal.Append(Entry(AuditOutcome.Allowed, null, outcome));
        return Task.CompletedTask;
    }

    /// <summary>Records something that happened on the way, before anything that follows it leaves.</summary>
    public Task RecordAlongAsync(Outcome outcome) => vault.Journal.CommitAsync(Entry(AuditOutcome.Allowed, null, outcome) with { Action = AuditActions.UseFound });

    /// <summary>Records that what was granted came to nothing.</summary>
    public Task FailAsync(Exception failure, Outcome outcome)
    {
        if (failure is OperationCanceledException)
        {
            outcome.Details = new Dictionary<string, string>(outcome.Details ?? new Dictionary<string, string>(), StringComparer.Ordinal) { [EndedBy] = Client };
        }

        return failure is VaultException refused
            ? RecordRefusalAsync(OutcomeOf(refused), refused.Code, outcome)
            : RecordRefusalAsync(AuditOutcome.Failed, null, outcome);
    }

    /// <summary>Records a refusal, then throws it.</summary>
    public async Task RefuseAsync(VaultException refusal)
    {
        await RecordRefusalAsync(AuditOutcome.Denied, refusal.Code, new Outcome()).ConfigureAwait(false);
        throw refusal;
    }

    // What was spent of an hourly limit or sent out stands in the log for itself, and has its own limits.
    private Task RecordRefusalAsync(AuditOutcome result, VaultErrorCode? reason, Outcome outcome)
    {
        var entry = Entry(result, reason, outcome);
        return _announced || _counted.Contains(true) ? vault.Journal.CommitAsync(entry) : AgentEntry.RecordRefusalAsync(vault, entry);
    }

    // Entries take effect in the order in which they are written. A removal that was written before this call's entry has looked
    // for leases already, and would miss this one.
    private async Task RequireNotWithdrawnAsync(Outcome outcome)
    {
        if (Withdrawal(outcome) is { } refusal)
        {
            if (outcome.LeaseId is { } id && vault.Leases.TryFind(id, out var lease))
            {
                await LeaseEnding.EndAsync(vault, [lease], AuditActions.LeaseRevoke, Actors.Vault).ConfigureAwait(false);
            }

            await ThrowAsync(refusal).ConfigureAwait(false);
        }
    }

    // That the credential is there to be found may be known only now. What was sent before that touched no honeytoken.
    private async Task ThrowAsync(VaultException? refusal)
    {
        if (refusal?.Code == VaultErrorCode.Quarantined)
        {
            var request = new DecisionRequest(caller.Agent, decision.Actions, path, operation, vault.Moment);
            await vault.Authorizer.RequireNoHoneytokenAsync(caller, request, path, action, leaseId).ConfigureAwait(false);
        }

        if (refusal is not null)
        {
            throw refusal;
        }
    }

    private VaultException? Withdrawal(Outcome outcome)
    {
        // Sealing ends sessions as well, but lets what runs come to its end.
        if (caller.Session.Ended.IsCancellationRequested && !vault.Sealing.IsCancellationRequested)
        {
            return caller.Session.WhyOver();
        }

        _ = vault.Credentials.TryFind(path, out var now);
        return now is not null && CredentialTags.IsHoneytoken(now) ? (_announced ? Errors.AccessDenied(decision.Actions, path) : Errors.Quarantined())
            : !decision.StandsIn(vault.Policies) ? Errors.AccessDenied(decision.Actions, path)
            : now is null ? (outcome.LeaseId is null ? Errors.AccessDenied(decision.Actions, path) : Errors.CredentialNotFound(path))
            : outcome.Used is { } used && !CredentialRules.MayGoOn(used, now) ? Errors.RulesChanged(path)
            : outcome.ParentLeaseId is { } parent && !vault.Leases.IsAlive(parent, vault.Clock.Now) ? Errors.LeaseExpired()
            : null;
    }

    private static AuditOutcome OutcomeOf(VaultException refused) =>
        refused.Code is VaultErrorCode.AccessDenied or VaultErrorCode.EgressDenied or VaultErrorCode.SecretInRequest ? AuditOutcome.Denied : AuditOutcome.Failed;

    // Other daemons can have used up what was free when it was decided: then it is not written, and refused.
    private async Task CommitAsync(Outcome outcome)
    {
        VaultException? spent = null;
        try
        {
            await vault.Journal.CommitAsync(Entry(AuditOutcome.Allowed, null, outcome), outcome.Changes, outcome.Apply, () => spent = Spent(outcome)).ConfigureAwait(false);
        }
        catch (VaultException refusal) when (ReferenceEquals(refusal, spent))
        {
            await AgentEntry.RecordRefusalAsync(vault, Entry(AuditOutcome.Denied, refusal.Code, new Outcome()) with { Policies = [] }).ConfigureAwait(false);
            throw;
        }
    }

    private VaultException? Spent(Outcome outcome) =>
        outcome.Check?.Invoke()
        ?? (_announced || isForLease || vault.Counters.TryKeep(decision, _counted, vault.Policies, vault.Clock.Now, out var wait) ? null : Errors.LimitSpent(wait));

    private AuditEntry Entry(AuditOutcome result, VaultErrorCode? reason, Outcome outcome) => AgentEntry.Of(vault, caller, _announced ? AuditActions.UseOutcome : action, _resource) with
    {
        Operation = operation,
        Outcome = result,
        Reason = reason,
        Policies = [.. decision.Policies.Select(policy => policy.Name)],
        LeaseId = outcome.LeaseId ?? leaseId,
        Details = outcome.Details,
    };
}

/// <summary>What there is to say about a call that was granted, and what it changes.</summary>
internal sealed class Outcome
{
    public string? LeaseId { get; set; }

    /// <summary>What the lease was derived from, and ends with.</summary>
    public string? ParentLeaseId { get; set; }

    public IReadOnlyDictionary<string, string>? Details { get; set; }

    /// <summary>The credential by whose rules something was made.</summary>
    public CredentialInfo? Used { get; set; }

    /// <summary>Whether the outcome tells more than that all went well, so that nothing may leave before it is durable.</summary>
    public bool IsRemarkable { get; set; }

    public IReadOnlyList<RecordChange>? Changes { get; set; }

    /// <summary>Brings memory in line once the changes are durable.</summary>
    public Action? Apply { get; set; }

    /// <summary>Looks once more, right before it is written, at what was free when it was decided. Returns what the agent is told if it is not.</summary>
    public Func<VaultException?>? Check { get; set; }

    /// <summary>Undoes what was changed in memory beforehand, when the changes could not be written.</summary>
    public Action? TakeBack { get; set; }
}
