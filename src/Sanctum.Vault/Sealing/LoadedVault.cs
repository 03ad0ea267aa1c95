using System.Collections.Concurrent;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>What unsealing reads into memory, checked against the head on the way.</summary>
internal sealed class LoadedVault
{
    private readonly List<Policy> _policies = [];
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

    public CredentialIndex Credentials { get; } = new();

    public ConcurrentDictionary<AgentName, RegisteredAgent> Agents { get; } = new();

    public LeaseBook Leases { get; } = new();

    public ProposalBook Proposals { get; } = new();

    public UseCounters Counters { get; } = new();

    public PolicySet Policies { get; private set; } = new([]);

    /// <summary>What is damaged of the log, as far as it was read; the records are whole, or nothing is loaded.</summary>
    public IReadOnlyList<string> Damage => _damage;

    public Head Head { get; private set; }

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
            await foreach (var record in snapshot.ReadRecordsAsync(cancellationToken).ConfigureAwait(false))
            {
                loaded.Take(record);
            }

            loaded.RequireHeadFits();
            loaded.Policies = new PolicySet(loaded._policies, loaded.Credentials.TagsOf);
            await RecentUses.RestoreAsync(snapshot, loaded, now, cancellationToken).ConfigureAwait(false);
        }

        return loaded;
    }

    public void Note(IEnumerable<string> damage) => _damage.AddRange(damage);

    private void Take(StoredRecord record)
    {
        if (record.Key == Head.Key)
        {
            (Head, HeadStamp) = (Head.Read(Codec.Decrypt(record)), LedgerStamp.Of(record));
            return;
        }

        Ledger.Add(record);
        switch (record.Key.Collection)
        {
            case Collections.Credentials:
                Credentials.Put(CredentialRecord.Read(Codec.Decrypt(record)));
                break;
            case Collections.Agents:
                var agent = AgentRecord.Read(Codec.Decrypt(record));
                Agents[agent.Name] = new RegisteredAgent(agent);
                break;
            case Collections.Policies:
                _policies.Add(RecordJson.Read(Codec.Decrypt(record), RecordJson.Default.Policy));
                break;
            case Collections.Leases:
                Leases.Put(LeaseRecord.Read(Codec.Decrypt(record)));
                break;
            case Collections.Proposals:
                Proposals.Put(ProposalRecord.Read(Codec.Decrypt(record)));
                break;
            case Collections.Secrets:
                // Opened when it is used, and only then.
                break;
            default:
                throw Errors.Damaged($"a record belongs to an unknown collection, {record.Key.Collection}");
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
