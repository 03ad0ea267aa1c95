using System.Security.Cryptography;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// Follows the chain from the authenticated head back towards the first entry, one segment at a time: what it has let through is held by the
/// links from it to the head, and only the entry whose link is still to be checked is kept.
/// </summary>
internal sealed class BackwardChain(AuditChain chain, Head head)
{
    private ChainedEntry? _follower;

    /// <summary>The number of the entry that comes next; 0 once the first one has been read.</summary>
    public long Next { get; private set; } = head.Entries;

    /// <summary>Opens the segment before the last one taken, and checks it.</summary>
    /// <returns>Its entries, the oldest first.</returns>
    /// <exception cref="VaultException">It does not open, is not the next one, or does not fit what follows it.</exception>
    public List<ChainedEntry> Take(StoredSegment segment)
    {
        RequireNext(segment);
        var entries = chain.Unpack(segment);
        RequireLink(entries[^1]);
        Span<byte> mac = stackalloc byte[MacKey.Size];
        entries[0].Mac.Span.CopyTo(mac);
        foreach (var entry in entries.Skip(1))
        {
            RequireFollows(mac, entry);
        }

        (_follower, Next) = (entries[0], segment.FirstSequence - 1);
        if (Next == 0)
        {
            RequireFollows(chain.Genesis(), entries[0]);
        }

        return entries;
    }

    private void RequireNext(StoredSegment segment)
    {
        var last = segment.FirstSequence + segment.Count - 1;
        if (last != Next)
        {
            throw _follower is null ? WrongEnd(last) : Errors.Damaged($"audit entry {Next} is missing");
        }
    }

    private void RequireLink(ChainedEntry last)
    {
        if (_follower is { } follower)
        {
            Span<byte> mac = stackalloc byte[MacKey.Size];
            last.Mac.Span.CopyTo(mac);
            RequireFollows(mac, follower);
        }
        else if (!CryptographicOperations.FixedTimeEquals(last.Mac.Span, head.ChainMac.Span))
        {
            throw WrongEnd(last.Sequence);
        }
    }

    private void RequireFollows(Span<byte> mac, ChainedEntry entry)
    {
        chain.Next(mac, entry.Sequence, entry.Json.Span);
        if (!CryptographicOperations.FixedTimeEquals(mac, entry.Mac.Span))
        {
            throw Errors.Damaged($"audit entry {entry.Sequence} does not follow from the one before");
        }
    }

    private VaultException WrongEnd(long last) => Errors.Damaged($"the audit log ends at entry {last}, and {head.Entries} were written");
}
