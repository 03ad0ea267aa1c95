using System.Security.Cryptography;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// What other daemons wrote, checked. The log goes on from the last entry that this vault knows. The records are those that the new head sums up. The new head is no older
/// than the one that is known.
/// </summary>
/// <param name="Head">The head that they left.</param>
/// <param name="Records">The records that changed, and what they stand for; null where they were removed.</param>
/// <param name="Entries">The entries, in order.</param>
internal sealed record CaughtUp(Head Head, IReadOnlyList<(RecordKey Key, object? Value)> Records, IReadOnlyList<ChainedEntry> Entries)
{
    /// <summary>Checks what was written, and brings the ledger in step.</summary>
    /// <returns>Null where nothing was.</returns>
    /// <exception cref="VaultException">It is not what vaults write; damaged. The ledger is of no use any more.</exception>
    public static CaughtUp? Verify(StoreChanges changes, From from, RecordCodec codec, AuditChain chain, RecordLedger ledger)
    {
        if (changes.Head is not { } record)
        {
            throw Errors.Damaged("the head record is missing");
        }

        var stamp = LedgerStamp.Of(record);
        if (stamp.Revision < from.Stamp.Revision || changes.Commit < from.Commit)
        {
            throw Errors.TurnedBack();
        }

        if (stamp.Revision == from.Stamp.Revision)
        {
            // A commit that was lost is followed by an empty one.
            return stamp == from.Stamp && (changes.Commit == from.Commit || changes is { Records: [], Removed: [], Segments: [] }) ? null : throw Errors.TurnedBack();
        }

        var head = Head.Read(codec.Decrypt(record));
        var entries = Follow(changes.Segments, head, from, chain);
        var removed = changes.AreAll ? ledger.KeysWithout(changes.Records.Select(put => put.Key)) : changes.Removed;
        foreach (var key in removed)
        {
            ledger.Remove(key);
        }

        foreach (var put in changes.Records)
        {
            ledger.Put(put);
        }

        ledger.RequireSum(head);
        return new CaughtUp(
            head,
            [.. removed.Select(key => (key, (object?)null)), .. changes.Records.Where(put => put.Key.Collection != Collections.Secrets).Select(put => (put.Key, Projector.Read(put, codec)))],
            entries);
    }

    private static List<ChainedEntry> Follow(IReadOnlyList<StoredSegment> segments, Head head, From from, AuditChain chain)
    {
        List<ChainedEntry> all = [];
        var mac = from.Mac.ToArray();
        foreach (var segment in segments)
        {
            if (segment.FirstSequence != from.Entries + all.Count + 1)
            {
                throw segment.FirstSequence <= from.Entries + all.Count
                    ? Errors.Damaged($"row {segment.FirstSequence} of the audit log was not written by the vault")
                    : Errors.Damaged($"audit entry {from.Entries + all.Count + 1} is missing");
            }

            foreach (var entry in chain.Unpack(segment))
            {
                chain.Next(mac, entry.Sequence, entry.Json.Span);
                if (!CryptographicOperations.FixedTimeEquals(mac, entry.Mac.Span))
                {
                    throw Errors.Damaged($"audit entry {entry.Sequence} does not follow the one before it");
                }

                all.Add(entry);
            }
        }

        return from.Entries + all.Count == head.Entries && CryptographicOperations.FixedTimeEquals(mac, head.ChainMac.Span)
            ? all
            : throw Errors.Damaged($"the audit log ends at entry {from.Entries + all.Count}, but {head.Entries} were written");
    }

    /// <summary>How far the vault was.</summary>
    internal readonly record struct From(long Commit, long Entries, ReadOnlyMemory<byte> Mac, LedgerStamp Stamp);
}
