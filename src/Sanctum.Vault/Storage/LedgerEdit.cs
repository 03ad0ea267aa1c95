using Sanctum.Audit;

namespace Sanctum.Storage;

/// <summary>Turns changes into a batch and keeps the ledger in step, so that a batch that fails can be taken back.</summary>
internal sealed class LedgerEdit(RecordLedger ledger, RecordCodec codec, StoreBatch batch)
{
    private readonly Dictionary<RecordKey, StoredRecord?> _latest = [];
    private readonly List<(RecordKey Key, LedgerStamp? Before)> _before = [];

    /// <summary>Makes a change.</summary>
    /// <returns>Whether it was made: a record that is not there any more is not brought back by what was meant to replace it.</returns>
    public bool Apply(RecordChange change)
    {
        if (change.IfThere && ledger.StampOf(change.Key) is null)
        {
            return false;
        }

        _before.Add((change.Key, ledger.StampOf(change.Key)));
        if (change.IsRemoval)
        {
            ledger.Remove(change.Key);
            _latest[change.Key] = null;
        }
        else
        {
            var record = change.Encrypted is { } data
                ? new StoredRecord(change.Key, 1, data)
                : codec.Encrypt(change.Key, (ledger.StampOf(change.Key)?.Revision ?? 0) + 1, change.Content);
            ledger.Put(record);
            _latest[change.Key] = record;
        }

        return true;
    }

    /// <summary>Writes each record's last state into the batch: what several changes did to one record is one write.</summary>
    public void Complete()
    {
        foreach (var (key, record) in _latest)
        {
            if (record is { } put)
            {
                batch.Puts.Add(put);
            }
            else
            {
                batch.Deletes.Add(key);
            }
        }
    }

    public void Revert()
    {
        for (var i = _before.Count - 1; i >= 0; i--)
        {
            ledger.Restore(_before[i].Key, _before[i].Before);
        }
    }
}
