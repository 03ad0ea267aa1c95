using System.Buffers.Binary;
using Sanctum.Crypto;

namespace Sanctum.Storage;

/// <summary>
/// Which records there are, at which revision and with which tag, summed up in 32 bytes: the exclusive-or of an HMAC per record.
/// The encrypted head keeps the sum. So unsealing finds a record that was removed, restored or replaced by an older version of itself. Whoever lacks the key knows neither the sum nor its terms, and can't choose records that give it.
/// </summary>
internal sealed class RecordLedger(VaultKeys keys)
{
    // The journal's writer changes it, one batch at a time; whoever reads a record from the store looks its stamp up meanwhile.
    private readonly Lock _using = new();
    private readonly Dictionary<RecordKey, LedgerStamp> _stamps = [];
    private readonly byte[] _sum = new byte[MacKey.Size];

    public ReadOnlySpan<byte> Sum => _sum;

    public long Count => _stamps.Count;

    public LedgerStamp? StampOf(RecordKey key)
    {
        lock (_using)
        {
            return _stamps.TryGetValue(key, out var stamp) ? stamp : null;
        }
    }

    /// <summary>Takes a record that a store was found to have.</summary>
    /// <exception cref="VaultException">One of its key was taken already.</exception>
    public void Add(StoredRecord record)
    {
        if (StampOf(record.Key) is not null)
        {
            // One of the two is the other's past, and both would have been read.
            throw Errors.Damaged("a record exists twice");
        }

        Put(record);
    }

    public void Put(StoredRecord record) => Restore(record.Key, LedgerStamp.Of(record));

    public void Remove(RecordKey key) => Restore(key, null);

    public void Restore(RecordKey key, LedgerStamp? stamp)
    {
        lock (_using)
        {
            if (_stamps.Remove(key, out var before))
            {
                Toggle(key, before);
            }

            if (stamp is { } now)
            {
                Toggle(key, now);
                _stamps.Add(key, now);
            }
        }
    }

    /// <summary>The keys that there are, without these.</summary>
    public IReadOnlyList<RecordKey> KeysWithout(IEnumerable<RecordKey> others)
    {
        lock (_using)
        {
            return [.. _stamps.Keys.Except(others)];
        }
    }

    /// <exception cref="VaultException">These are not the records that the head sums up.</exception>
    public void RequireSum(Head head)
    {
        if (head.Records != Count || !head.RecordSum.Span.SequenceEqual(Sum))
        {
            throw Errors.Damaged("records were removed, added or replaced by older ones");
        }
    }

    private void Toggle(RecordKey key, LedgerStamp stamp)
    {
        Span<byte> term = stackalloc byte[1 + 16 + 8 + 16];
        term[0] = key.Collection;
        BinaryPrimitives.WriteUInt128BigEndian(term[1..], key.Id);
        BinaryPrimitives.WriteInt64BigEndian(term[17..], stamp.Revision);
        BinaryPrimitives.WriteUInt128BigEndian(term[25..], stamp.Tag);
        Span<byte> mac = stackalloc byte[MacKey.Size];
        keys.RecordSet.Compute(term, [], mac);
        for (var i = 0; i < mac.Length; i++)
        {
            _sum[i] ^= mac[i];
        }
    }
}

/// <summary>What the ledger keeps of a record: its revision, and the tag that ends its ciphertext.</summary>
internal readonly record struct LedgerStamp(long Revision, UInt128 Tag)
{
    /// <exception cref="VaultException">The record is too short to be one.</exception>
    public static LedgerStamp Of(StoredRecord record) => record.Data.Length >= Envelope.TagSize
        ? new LedgerStamp(record.Revision, BinaryPrimitives.ReadUInt128BigEndian(record.Data.Span[^Envelope.TagSize..]))
        : throw Errors.Damaged("a record is truncated");
}
