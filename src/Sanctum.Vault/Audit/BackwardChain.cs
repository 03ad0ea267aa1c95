using System.Security.Cryptography;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// Follows the chain from the authenticated head back towards the first entry, one segment at a time. The links from an entry to the head hold what was let through.
/// Only the entry whose link is still to be checked is kept. What does not fit is noted, and the entries before it are read
/// all the same; behind such a gap only their own encryption authenticates them.
/// </summary>
internal sealed class BackwardChain(AuditChain chain, Head head)
{
    private readonly List<string> _damage = [];
    private ChainedEntry? _follower;

    // Whether the next entry's MAC is known: from the head, or by the entry behind it.
    private bool _isLinked = true;

    /// <summary>The number of the entry that comes next; 0 once the first one has been read.</summary>
    public long Next { get; private set; } = head.Entries;

    /// <summary>What does not fit, the latest first.</summary>
    public IReadOnlyList<string> Damage => _damage;

    /// <summary>Opens the segment before the last one taken, and checks it.</summary>
    /// <returns>Its entries, the oldest first; none when it can't be read.</returns>
    /// <exception cref="VaultException">It lies behind the head, where the next entry is to be written.</exception>
    public IReadOnlyList<ChainedEntry> Take(StoredSegment segment)
    {
        if (segment.FirstSequence > head.Entries)
        {
            throw Errors.Damaged($"row {segment.FirstSequence} of the audit log is after the last entry, {head.Entries}");
        }

        if (segment.FirstSequence < 1 || segment.Count < 1 || segment.Count - 1 > Next - segment.FirstSequence)
        {
            _damage.Add($"row {segment.FirstSequence} of the audit log was not written by the vault");
            return [];
        }

        NoteGap(segment.FirstSequence + segment.Count);
        Next = segment.FirstSequence - 1;
        if (!chain.TryUnpack(segment, out var entries))
        {
            _damage.Add($"{Which(segment.FirstSequence, segment.FirstSequence + segment.Count - 1)} can't be decrypted");
            (_follower, _isLinked) = (null, false);
            return [];
        }

        CheckLink(entries[^1]);
        Span<byte> mac = stackalloc byte[MacKey.Size];
        entries[0].Mac.Span.CopyTo(mac);
        foreach (var entry in entries.Skip(1))
        {
            CheckFollows(mac, entry);
        }

        (_follower, _isLinked) = (entries[0], true);
        if (Next == 0)
        {
            CheckFollows(chain.Genesis(), entries[0]);
        }

        return entries;
    }

    /// <summary>There are no more segments.</summary>
    public void End() => NoteGap(1);

    private static string Which(long first, long last) => first == last ? $"audit entry {first}" : $"audit entries {first} to {last}";

    private void NoteGap(long first)
    {
        if (first > Next)
        {
            return;
        }

        _damage.Add(Next == head.Entries
            ? $"the audit log ends at entry {first - 1}, but {head.Entries} were written"
            : $"{Which(first, Next)} {(first == Next ? "is" : "are")} missing");
        (_follower, _isLinked, Next) = (null, false, first - 1);
    }

    private void CheckLink(ChainedEntry last)
    {
        if (_follower is { } follower)
        {
            Span<byte> mac = stackalloc byte[MacKey.Size];
            last.Mac.Span.CopyTo(mac);
            CheckFollows(mac, follower);
        }
        else if (_isLinked && !CryptographicOperations.FixedTimeEquals(last.Mac.Span, head.ChainMac.Span))
        {
            _damage.Add($"audit entry {last.Sequence} is not the one that was written last");
        }
    }

    private void CheckFollows(Span<byte> mac, ChainedEntry entry)
    {
        chain.Next(mac, entry.Sequence, entry.Json.Span);
        if (!CryptographicOperations.FixedTimeEquals(mac, entry.Mac.Span))
        {
            _damage.Add($"audit entry {entry.Sequence} does not follow the one before it");
        }
    }
}
