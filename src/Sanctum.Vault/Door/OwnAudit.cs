using Sanctum.Audit;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Shows an agent its own entries of the log: a window of it at a time, so that no agent can have all of a long log read for it.</summary>
internal static class OwnAudit
{
    private const int MaxLimit = 100;

    // What is read for one page, whoever's it is.
    private const int Window = 2000;

    public static async Task<OwnAuditPage> ReadAsync(UnsealedVault vault, Caller caller, int? limit, long? before, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw Errors.InvalidParams("limit", $"a limit is 1 to {MaxLimit}");
        }

        if (before is < 1)
        {
            throw Errors.InvalidParams("before", "'before' is the next_before of an earlier page");
        }

        var entry = AgentEntry.Of(vault, caller, AuditActions.AuditRead);
        if (vault.Tally.TryTake(entry.Actor, Tallied.Lists, entry, out var wait))
        {
            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        }
        else
        {
            throw Errors.RateLimited("this agent reads the log too often", wait);
        }

        return await vault.Heavy.RunAsync(
            caller.Agent, () => new ValueTask<OwnAuditPage>(PageAsync(vault, caller, limit ?? 20, before, cancellationToken)), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<OwnAuditPage> PageAsync(UnsealedVault vault, Caller caller, int limit, long? before, CancellationToken cancellationToken)
    {
        // A namesake that was removed is somebody else.
        var since = vault.Agents.TryGetValue(caller.Agent, out var agent) ? agent.Info.RegisteredAt : DateTimeOffset.MaxValue;
        var actor = Actors.Agent(caller.Agent);
        var snapshot = await vault.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var end = Math.Min(before ?? long.MaxValue, vault.Journal.Entries + 1);
            var start = Math.Max(1, end - Window);
            List<AuditEntry> own = [];
            var isIncomplete = false;
            await foreach (var segment in snapshot.ReadLogAsync(start, cancellationToken).ConfigureAwait(false))
            {
                if (segment.FirstSequence >= end)
                {
                    break;
                }

                if (!vault.Chain.TryUnpack(segment, out var entries))
                {
                    isIncomplete = true;
                    continue;
                }

                own.AddRange(entries.Select(AuditJson.Read)
                    .Where(entry => entry.Sequence >= start && entry.Sequence < end && entry.Actor == actor && entry.Time >= since));
            }

            var page = own.TakeLast(limit).ToList();
            long? next = own.Count > limit ? page[0].Sequence : start > 1 ? start : null;
            return new OwnAuditPage(page, next) { IsIncomplete = isIncomplete };
        }
    }
}

/// <summary>An agent's own entries.</summary>
/// <param name="Entries">In order of sequence.</param>
/// <param name="NextBefore">What to ask for next, for older ones; null where there are none. A page can be empty and have one.</param>
public sealed record OwnAuditPage(IReadOnlyList<AuditEntry> Entries, long? NextBefore)
{
    /// <summary>Whether a part of the log that this page is of is damaged: entries may be missing.</summary>
    public bool IsIncomplete { get; init; }
}
