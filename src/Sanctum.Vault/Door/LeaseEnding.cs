using Sanctum.Audit;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Door;

/// <summary>Ends leases before or at their time, on the record.</summary>
internal static class LeaseEnding
{
    /// <summary>Ends leases, and all that were derived from them.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="leases">Which ones.</param>
    /// <param name="action">What the log calls it.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="reason">Why, where there is more to say.</param>
    /// <returns>Those that nobody else ended meanwhile, each before those that were derived from it.</returns>
    public static async Task<IReadOnlyList<Lease>> EndAsync(UnsealedVault vault, IReadOnlyList<Lease> leases, string action, string actor, string? reason = null)
    {
        var taken = Take(vault, leases);
        await CommitAsync(vault, [], [], taken, lease => Entry(vault, lease, action, actor, reason), static () => null).ConfigureAwait(false);
        return taken;
    }

    /// <summary>Writes an operator's change, and in the same transaction the end of the leases that depended on what it removes.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="entries">What the log says of the change.</param>
    /// <param name="changes">The change.</param>
    /// <param name="ends">Whether a lease ends with it.</param>
    /// <param name="check">Whether what the change was made from is still so, right before it is written.</param>
    /// <param name="actor">Who does it.</param>
    /// <exception cref="ChangedMeanwhileException">It is not.</exception>
    /// <exception cref="VaultException">It could not be written; or it is, and leases that were granted meanwhile could not be ended, which the message says.</exception>
    public static async Task EndWithAsync(
        UnsealedVault vault, IReadOnlyList<AuditEntry> entries, IReadOnlyList<RecordChange> changes, Func<Lease, bool> ends, Func<bool> check, string actor = Actors.Operator)
    {
        var taken = Take(vault, vault.Leases.All.Where(ends));
        await CommitAsync(
            vault, entries, changes, taken, lease => Entry(vault, lease, AuditActions.LeaseRevoke, actor), () => check() ? null : new ChangedMeanwhileException()).ConfigureAwait(false);

        // Those that were granted while this was waiting to be written; what is granted from now on sees the change.
        await EndAfterAsync(vault, [.. vault.Leases.All.Where(ends)], actor).ConfigureAwait(false);
    }

    /// <summary>Ends leases that end with a change that is written already.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="leases">Which ones.</param>
    /// <param name="actor">Who made the change.</param>
    /// <exception cref="VaultException">They could not be ended, and says that the change took effect.</exception>
    public static async Task EndAfterAsync(UnsealedVault vault, IReadOnlyList<Lease> leases, string actor = Actors.Operator)
    {
        try
        {
            await EndAsync(vault, leases, AuditActions.LeaseRevoke, actor).ConfigureAwait(false);
        }
        catch (VaultException failure)
        {
            throw Errors.LeasesNotEnded(failure);
        }
    }

    /// <summary>What has to be granted for a lease to go on.</summary>
    public static PolicyActions ActionOf(Lease lease) => lease.Use is null ? PolicyActions.Retrieve : PolicyActions.Use;

    // Those of the taken that another daemon ended first are left out, of the list too.
    private static async Task CommitAsync(
        UnsealedVault vault, IReadOnlyList<AuditEntry> entries, IReadOnlyList<RecordChange> changes, List<Lease> taken, Func<Lease, AuditEntry> entryOf, Func<Exception?> check)
    {
        try
        {
            while (entries.Count > 0 || taken.Count > 0)
            {
                var isEnded = false;
                try
                {
                    await vault.Journal.CommitAsync(
                        [.. entries, .. taken.Select(entryOf)],
                        [.. changes, .. taken.Select(lease => Removal(vault, lease))],
                        () => check() ?? ((isEnded = !taken.TrueForAll(IsThere)) ? new ChangedMeanwhileException() : null)).ConfigureAwait(false);
                    return;
                }
                catch (ChangedMeanwhileException) when (isEnded)
                {
                    taken.RemoveAll(lease => !IsThere(lease));
                }
            }
        }
        catch
        {
            taken.ForEach(PutBack);
            throw;
        }

        // What another daemon ended meanwhile stays ended, and what it renewed stays so. That can be heard while this runs: then it found nothing to take out.
        void PutBack(Lease lease)
        {
            if (IsThere(lease) && !vault.Leases.TryFind(lease.Id, out _))
            {
                vault.Leases.Put(lease);
                _ = IsThere(lease) || vault.Leases.TryTake(lease);
            }
        }

        bool IsThere(Lease lease) => vault.Has(KeyOf(vault, lease));
    }

    // A lease is out before those derived from it are looked for: one that is derived meanwhile finds it gone.
    private static List<Lease> Take(UnsealedVault vault, IEnumerable<Lease> leases)
    {
        List<Lease> taken = [];
        var next = new Queue<Lease>(leases);
        while (next.TryDequeue(out var lease))
        {
            if (vault.Leases.TryTake(lease))
            {
                taken.Add(lease);
                foreach (var derived in vault.Leases.DerivedFrom(lease.Id))
                {
                    next.Enqueue(derived);
                }
            }
        }

        if (taken.Exists(lease => lease.Use is not null))
        {
            // What is under way by them ends now.
            vault.Egress.Recheck(vault);
        }

        return taken;
    }

    public static RecordChange Removal(UnsealedVault vault, Lease lease) =>
        new(KeyOf(vault, lease));

    private static RecordKey KeyOf(UnsealedVault vault, Lease lease) => vault.Codec.KeyOf(Collections.Leases, lease.Id);

    public static AuditEntry Entry(UnsealedVault vault, Lease lease, string action, string actor, string? reason = null) => new()
    {
        Time = vault.Now,
        Actor = actor,
        Action = action,
        Resource = lease.Path.Value,
        LeaseId = lease.Id,
        Outcome = AuditOutcome.Allowed,
        Details = DetailsOf(lease, reason),
    };

    private static Dictionary<string, string> DetailsOf(Lease lease, string? reason)
    {
        var details = new Dictionary<string, string> { ["agent"] = lease.Agent.Value };
        if (lease.Use?.ParentId is { } parent)
        {
            details["parent"] = parent;
        }

        if (reason is not null)
        {
            details["reason"] = reason;
        }

        return details;
    }
}
