using System.Buffers.Binary;
using Sanctum.Crypto;

namespace Sanctum.Storage;

/// <summary>
/// Which records there are, at which revision and with which tag, summed up in 32 bytes: the exclusive-or of an HMAC per record.
/// The sum is kept in the sealed head, so a record that was removed, brought back or replaced by its own past shows when the
/// vault is unsealed. Whoever lacks the key knows neither the sum nor its terms, and can't choose records that give it.
/// </summary>
internal sealed class RecordLedger(VaultKeys keys)
{
    private readonly Dictionary<RecordKey, LedgerStamp> _stamps = [];
    private readonly byte[] _sum = new byte[MacKey.Size];

    public ReadOnlySpan<byte> Sum => _sum;

    public long Count => _stamps.Count;

    public LedgerStamp? StampOf(RecordKey key) => _stamps.TryGetValue(key, out var stamp) ? stamp : null;

    public void Put(StoredRecord record) =>
        Restore(record.Key, new LedgerStamp(record.Revision, TagOf(record.Data.Span)));

    public void Remove(RecordKey key) => Restore(key, null);

    public void Restore(RecordKey key, LedgerStamp? stamp)
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

    private static UInt128 TagOf(ReadOnlySpan<byte> data) => data.Length >= Envelope.TagSize
        ? BinaryPrimitives.ReadUInt128BigEndian(data[^Envelope.TagSize..])
        : throw Errors.Damaged("a record is cut short");

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
internal readonly record struct LedgerStamp(long Revision, UInt128 Tag);
