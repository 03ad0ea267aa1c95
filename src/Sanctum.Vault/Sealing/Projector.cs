using System.Collections.Concurrent;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>
/// What the records say, in memory. There is one way for a record to get here, whoever wrote it: unsealing, a commit of this vault, or a commit of another daemon
/// over the same store.
/// </summary>
internal sealed class Projector
{
    // What each record stands for, so that its removal is understood: a key says no name. Only the journal's writer changes it.
    private readonly Dictionary<RecordKey, object> _known = [];
    private PolicySet _policies;

    public Projector() => _policies = new PolicySet([], Credentials.TagsOf);

    public CredentialIndex Credentials { get; } = new();

    public ConcurrentDictionary<AgentName, RegisteredAgent> Agents { get; } = new();

    public LeaseBook Leases { get; } = new();

    public ProposalBook Proposals { get; } = new();

    public UseCounters Counters { get; } = new();

    /// <summary>The key documents that the vault knows; null where it never had a seal provider.</summary>
    public KnownDocuments? KnownDocuments { get; private set; }

    public PolicySet Policies => Volatile.Read(ref _policies);

    /// <summary>Reads a record's content.</summary>
    /// <returns>What it stands for; null for a secret, which is opened when it is used, and only then.</returns>
    /// <exception cref="VaultException">It can't be decrypted, or belongs to no collection that there is.</exception>
    public static object? Read(StoredRecord record, RecordCodec codec) => record.Key.Collection switch
    {
        Collections.Credentials => CredentialRecord.Read(codec.Decrypt(record)),
        Collections.Agents => AgentRecord.Read(codec.Decrypt(record)),
        Collections.Policies => RecordJson.Read(codec.Decrypt(record), RecordJson.Default.Policy),
        Collections.Leases => LeaseRecord.Read(codec.Decrypt(record)),
        Collections.Proposals => ProposalRecord.Read(codec.Decrypt(record)),
        Collections.KeyDocuments => KnownDocuments.Read(codec.Decrypt(record)),
        Collections.Secrets => null,
        var unknown => throw Errors.Damaged($"a record belongs to an unknown collection, {unknown}"),
    };

    /// <summary>Brings memory in line with records that are durable: all of one commit, of whose policies nobody sees a half.</summary>
    /// <param name="records">Each record's key, and what it stands for now; null where it was removed.</param>
    /// <param name="isOwn">Whether this vault wrote them: it has its leases in memory before they are written, and may have renewed them since.</param>
    /// <returns>What has to follow outside of memory.</returns>
    public Projected Apply(IEnumerable<(RecordKey Key, object? Value)> records, bool isOwn)
    {
        var projected = new Projected();
        List<Policy> put = [];
        HashSet<string> removed = new(StringComparer.Ordinal);
        foreach (var (key, value) in records)
        {
            _ = _known.TryGetValue(key, out var before);
            switch (value ?? before)
            {
                case AgentInfo agent:
                    ApplyAgent(agent, isThere: value is not null, wasThere: before is not null, projected);
                    break;
                case CredentialInfo credential:
                    ApplyCredential(credential, isThere: value is not null, projected);
                    break;
                case Policy policy when value is not null:
                    put.Add(policy);
                    break;
                case Policy policy:
                    removed.Add(policy.Name);
                    break;
                case Lease when value is not null && isOwn:
                    break;
                case Lease lease:
                    ApplyLease(lease, isThere: value is not null, projected);
                    break;
                case KnownDocuments documents:
                    KnownDocuments = documents;
                    break;
                case AccessProposal proposal when value is not null:
                    Proposals.Put(proposal);
                    break;
                case AccessProposal proposal:
                    Proposals.Remove([proposal]);
                    break;
            }

            Remember(key, value);
        }

        if (put.Count + removed.Count > 0)
        {
            ApplyPolicies(put, removed);
            projected.Policies = true;
        }

        return projected;
    }

    private void Remember(RecordKey key, object? value)
    {
        if (value is null)
        {
            _known.Remove(key);
        }
        else
        {
            _known[key] = value;
        }
    }

    private void ApplyAgent(AgentInfo agent, bool isThere, bool wasThere, Projected projected)
    {
        if (isThere)
        {
            Agents[agent.Name] = new RegisteredAgent(agent);
        }
        else
        {
            Agents.TryRemove(agent.Name, out _);
        }

        if (wasThere)
        {
            // Its namesake is somebody else.
            Proposals.Forget(agent.Name);
            projected.Agents.Add(agent.Name);
        }
    }

    private void ApplyCredential(CredentialInfo credential, bool isThere, Projected projected)
    {
        if (isThere)
        {
            Credentials.Put(credential);
        }
        else
        {
            Credentials.Remove(credential.Path);
            projected.Removed.Add(credential.Path);
        }

        projected.Grants = true;
    }

    private void ApplyLease(Lease lease, bool isThere, Projected projected)
    {
        if (isThere)
        {
            Leases.Put(lease with { Line = new LeaseLine(new object()) });
        }
        else if (Leases.TryFind(lease.Id, out var held) && Leases.TryTake(held))
        {
            projected.Grants |= held.Use is not null;
        }
    }

    private void ApplyPolicies(IReadOnlyCollection<Policy> put, HashSet<string> removed)
    {
        Volatile.Write(ref _policies, Policies.After(put, removed));
        foreach (var name in removed)
        {
            Counters.Forget(name);
        }
    }
}

/// <summary>What has to follow where records have changed.</summary>
internal sealed class Projected
{
    /// <summary>Agents that are gone, or have become others: all that was done in their names so far is over.</summary>
    public List<AgentName> Agents { get; } = [];

    /// <summary>Credentials that are gone.</summary>
    public List<CredentialPath> Removed { get; } = [];

    /// <summary>Whether policies have changed.</summary>
    public bool Policies { get; set; }

    /// <summary>Whether a credential has changed, or a lease to use one has ended.</summary>
    public bool Grants { get; set; }
}
