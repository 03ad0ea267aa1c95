using System.Security.Cryptography;
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
        byte[]? mac = null;
        long last = 0;
        await foreach (var segment in snapshot.ReadLogAsync(first, cancellationToken).ConfigureAwait(false))
        {
            if (mac is null ? segment.FirstSequence > first : segment.FirstSequence != last + 1)
            {
                throw Errors.Damaged($"audit entry {(mac is null ? first : last + 1)} is missing");
            }

            foreach (var entry in loaded.Chain.Unpack(segment))
            {
                Follow(loaded.Chain, ref mac, entry);
                last = entry.Sequence;
                entries.Add(AuditJson.Read(entry));
            }
        }

        return last == loaded.Head.Entries && loaded.Head.ChainMac.Span.SequenceEqual(mac)
            ? entries
            : throw Errors.Damaged($"the audit log ends at entry {last}, and {loaded.Head.Entries} were written");
    }

    // What the first one read follows from was not read: it is held by the links from it to the head.
    private static void Follow(AuditChain chain, ref byte[]? mac, ChainedEntry entry)
    {
        if (mac is null && entry.Sequence > 1)
        {
            mac = entry.Mac.ToArray();
            return;
        }

        mac ??= chain.Genesis();
        chain.Next(mac, entry.Sequence, entry.Json.Span);
        if (!CryptographicOperations.FixedTimeEquals(mac, entry.Mac.Span))
        {
            throw Errors.Damaged($"audit entry {entry.Sequence} does not follow from the one before");
        }
    }

    private static void Count(LoadedVault loaded, AuditEntry entry)
    {
        if (entry is { Action: AuditActions.PolicyRemove, Resource: { } removed })
        {
            loaded.Counters.Forget(removed);
            return;
        }

        // Whoever tried to sign in under what is no name is in the log too, as agent:? with nothing to count.
        if (!entry.Actor.StartsWith(Actors.AgentPrefix, StringComparison.Ordinal) || !AgentName.TryParse(entry.Actor[Actors.AgentPrefix.Length..], out var agent))
        {
            return;
        }

        // What was decided against names no policies; what was granted was counted then, however it went on.
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
