using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>
/// Reads the end of the audit log when unsealing: to see that it ends where the head says, and to count again what was used in
/// the last hour, so that hourly limits survive a restart.
/// </summary>
internal static class RecentUses
{
    private const int FirstLookBack = 1024;

    public static async Task RestoreAsync(
        IStoreSnapshot snapshot, LoadedVault loaded, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = now - TimeSpan.FromHours(1);
        for (long lookBack = FirstLookBack; ; lookBack *= 4)
        {
            var first = Math.Max(1, loaded.Head.Entries - lookBack);
            var entries = await ReadAsync(snapshot, loaded, first, cancellationToken).ConfigureAwait(false);
            if (first > 1 && entries[0].Time >= since)
            {
                continue;
            }

            foreach (var entry in entries.Where(entry => entry.Time >= since))
            {
                Count(loaded, entry);
            }

            return;
        }
    }

    private static async Task<List<AuditEntry>> ReadAsync(
        IStoreSnapshot snapshot, LoadedVault loaded, long first, CancellationToken cancellationToken)
    {
        List<AuditEntry> entries = [];
        ReadOnlyMemory<byte> lastMac = default;
        long last = 0;
        await foreach (var segment in snapshot.ReadLogAsync(first, cancellationToken).ConfigureAwait(false))
        {
            foreach (var entry in loaded.Chain.Unpack(segment))
            {
                (last, lastMac) = (entry.Sequence, entry.Mac);
                entries.Add(AuditJson.Read(entry));
            }
        }

        return last == loaded.Head.Entries && lastMac.Span.SequenceEqual(loaded.Head.ChainMac.Span)
            ? entries
            : throw Errors.Damaged($"the audit log ends at entry {last}, and {loaded.Head.Entries} were written");
    }

    private static void Count(LoadedVault loaded, AuditEntry entry)
    {
        if (entry.Outcome == AuditOutcome.Denied || !entry.Actor.StartsWith(Actors.AgentPrefix, StringComparison.Ordinal))
        {
            return;
        }

        var agent = AgentName.Parse(entry.Actor[Actors.AgentPrefix.Length..]);
        var counted = AuditActions.CountedBy(entry);
        foreach (var policy in loaded.Policies.All.Where(policy => entry.Policies.Contains(policy.Name)))
        {
            foreach (var action in new[] { PolicyActions.Retrieve, PolicyActions.Use })
            {
                if ((counted & policy.Actions & action) != PolicyActions.None && HourlyLimit.Of(policy, action) is not null)
                {
                    loaded.Counters.Restore(policy.Name, agent, action, entry.Time);
                }
            }
        }
    }
}
