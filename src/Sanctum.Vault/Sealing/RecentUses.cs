using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>
/// Reads the end of the audit log when unsealing. It checks that the log ends where the head says, and counts the uses of
/// the last hour, so that hourly limits survive a restart. The log is read backwards, a segment at a time, and only as far as the hour
/// reaches; of what is read, only the times that count against a limit are kept.
/// </summary>
internal sealed class RecentUses
{
    // So many entries are checked whatever their age, and so many older ones in a row end the hour: one alone can be due to a clock.
    private const int ShortestLookBack = 1024;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly LoadedVault _loaded;
    private readonly BackwardChain _chain;
    private readonly bool _counts;
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Policy, AgentName Agent, PolicyActions Action), Stack<DateTimeOffset>> _times = [];
    private DateTimeOffset _now;
    private long _read;
    private int _older;

    private RecentUses(LoadedVault loaded, DateTimeOffset now)
    {
        (_loaded, _now) = (loaded, now);
        _chain = new BackwardChain(loaded.Chain, loaded.Head);
        _counts = CountedUses.AreThere(loaded.State.Policies.All);
    }

    private bool IsDone => _read >= ShortestLookBack && (!_counts || _older >= ShortestLookBack);

    public static async Task RestoreAsync(
        IStoreSnapshot snapshot, LoadedVault loaded, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var recent = new RecentUses(loaded, now);
        await foreach (var segment in snapshot.ReadLogBackwardsAsync(cancellationToken).ConfigureAwait(false))
        {
            recent.Take(segment);
            if (recent.IsDone)
            {
                break;
            }
        }

        if (!recent.IsDone)
        {
            recent._chain.End();
        }

        recent.Restore();
        loaded.Note(recent._chain.Damage);
        if (recent._chain.Damage.Count > 0)
        {
            // What can't be read may have been used, and nobody knows how often.
            loaded.State.Counters.SpendUntil(recent._now < DateTimeOffset.MaxValue - Hour ? recent._now + Hour : DateTimeOffset.MaxValue);
        }
    }

    private void Take(StoredSegment segment)
    {
        var entries = _chain.Take(segment);
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            Take(AuditJson.Read(entries[i]));
        }
    }

    private void Take(AuditEntry entry)
    {
        _read++;
        var time = TimeOf(entry);
        _loaded.LastSeen = time > _loaded.LastSeen ? time : _loaded.LastSeen;
        _now = time > _now ? time : _now;
        _older = _now - time > Hour ? _older + 1 : 0;
        if (_older == 0 && _counts)
        {
            Count(entry);
        }
    }

    /// <summary>An entry's time by the vault's own clock.</summary>
    public static DateTimeOffset TimeOf(AuditEntry entry) => entry.VaultTime ?? entry.Time;

    private void Count(AuditEntry entry)
    {
        // What came before a policy was removed counted for that one, and not for its namesake of today.
        if (entry is { Action: AuditActions.PolicyRemove or AuditActions.PolicyExpire, Resource: { } removed })
        {
            _removed.Add(removed);
            return;
        }

        foreach (var use in CountedUses.Of(entry, _loaded.State.Policies.All).Where(use => !_removed.Contains(use.Policy)))
        {
            var key = (use.Policy, use.Agent, use.Action);
            if (!_times.TryGetValue(key, out var times))
            {
                _times[key] = times = new Stack<DateTimeOffset>();
            }

            // The latest come first, and more than a limit of them tell nothing more.
            if (times.Count < use.Limit)
            {
                times.Push(TimeOf(entry));
            }
        }
    }

    private void Restore()
    {
        foreach (var ((policy, agent, action), times) in _times)
        {
            // A stack gives back the oldest first.
            foreach (var time in times)
            {
                _loaded.State.Counters.Restore(policy, agent, action, time);
            }
        }
    }
}
