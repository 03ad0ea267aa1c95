using Sanctum.Audit;
using Sanctum.Leases;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Door;

/// <summary>Ends leases before or at their time, on the record.</summary>
internal static class LeaseEnding
{
    /// <returns>How many were ended: those that nobody else ended meanwhile.</returns>
    public static async Task<int> EndAsync(UnsealedVault vault, IReadOnlyList<Lease> leases, string action, string actor)
    {
        List<Lease> taken = [.. leases.Where(vault.Leases.TryTake)];
        if (taken.Count == 0)
        {
            return 0;
        }

        try
        {
            await vault.Journal.CommitAsync(
                taken.Select(lease => Entry(vault, lease, action, actor)),
                [.. taken.Select(lease => Removal(vault, lease))]).ConfigureAwait(false);
        }
        catch
        {
            taken.ForEach(vault.Leases.Put);
            throw;
        }

        return taken.Count;
    }

    /// <summary>Writes an operator's change, and in the same transaction the end of the leases that depended on what it removes.</summary>
    public static async Task EndWithAsync(
        UnsealedVault vault, IReadOnlyList<AuditEntry> entries, IReadOnlyList<RecordChange> changes, Action apply, Func<Lease, bool> ends)
    {
        List<Lease> taken = [.. vault.Leases.All.Where(ends).Where(vault.Leases.TryTake)];
        try
        {
            await vault.Journal.CommitAsync(
                [.. entries, .. taken.Select(lease => Entry(vault, lease, AuditActions.LeaseRevoke, Actors.Operator))],
                [.. changes, .. taken.Select(lease => Removal(vault, lease))],
                apply).ConfigureAwait(false);
        }
        catch
        {
            taken.ForEach(vault.Leases.Put);
            throw;
        }

        // Those that were granted while this was waiting to be written; what is granted from now on sees the change.
        await EndAsync(vault, [.. vault.Leases.All.Where(ends)], AuditActions.LeaseRevoke, Actors.Operator).ConfigureAwait(false);
    }

    public static RecordChange Removal(UnsealedVault vault, Lease lease) =>
        new(vault.Codec.KeyOf(Collections.Leases, lease.Id), null);

    public static AuditEntry Entry(UnsealedVault vault, Lease lease, string action, string actor) => new()
    {
        Time = vault.Now,
        Actor = actor,
        Action = action,
        Resource = lease.Path.Value,
        LeaseId = lease.Id,
        Outcome = AuditOutcome.Allowed,
        Details = new Dictionary<string, string> { ["agent"] = lease.Agent.Value },
    };
}
