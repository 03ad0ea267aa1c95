using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>What unsealing reads into memory, checked against the head on the way.</summary>
internal sealed class LoadedVault
{
    private readonly List<string> _damage = [];

    private LoadedVault(VaultKeys keys)
    {
        Codec = new RecordCodec(keys);
        Chain = new AuditChain(keys);
        Ledger = new RecordLedger(keys);
    }

    public RecordCodec Codec { get; }

    public AuditChain Chain { get; }

    public RecordLedger Ledger { get; }

    /// <summary>What the records say.</summary>
    public Projector State { get; } = new();

    /// <summary>What is damaged of the log, as far as it was read; the records are whole, or nothing is loaded.</summary>
    public IReadOnlyList<string> Damage => _damage;

    public Head Head { get; private set; }

    /// <summary>The number of the store's last commit, where several vaults write to it.</summary>
    public long Commit { get; private set; }

    /// <summary>Which head record this was: the store's has to stay the same until the vault replaces it.</summary>
    public LedgerStamp? HeadStamp { get; private set; }

    /// <summary>The latest time, by the vault's own clock, of the entries that were read.</summary>
    public DateTimeOffset LastSeen { get; set; } = DateTimeOffset.MinValue;

    /// <exception cref="VaultException">Something in the store is not as the vault left it; the store is not touched.</exception>
    public static async Task<LoadedVault> LoadAsync(
        IVaultStore store, VaultKeys keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var loaded = new LoadedVault(keys);
        var snapshot = await store.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            loaded.Commit = snapshot.Commit;
            List<(RecordKey Key, object? Value)> records = [];
            await foreach (var record in snapshot.ReadRecordsAsync(cancellationToken).ConfigureAwait(false))
            {
                loaded.Take(record, records);
            }

            loaded.RequireHeadFits();
            _ = loaded.State.Apply(records, isOwn: false);
            await RecentUses.RestoreAsync(snapshot, loaded, now, cancellationToken).ConfigureAwait(false);
        }

        return loaded;
    }

    public void Note(IEnumerable<string> damage) => _damage.AddRange(damage);

    private void Take(StoredRecord record, List<(RecordKey Key, object? Value)> records)
    {
        if (record.Key == Head.Key)
        {
            (Head, HeadStamp) = (Head.Read(Codec.Decrypt(record)), LedgerStamp.Of(record));
            return;
        }

        Ledger.Add(record);
        if (Projector.Read(record, Codec) is { } value)
        {
            records.Add((record.Key, value));
        }
    }

    private void RequireHeadFits()
    {
        if (HeadStamp is null)
        {
            throw Errors.Damaged("the head record is missing");
        }

        Ledger.RequireSum(Head);
    }
}
