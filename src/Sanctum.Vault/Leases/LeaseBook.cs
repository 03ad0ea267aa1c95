using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Sanctum.Agents;

namespace Sanctum.Leases;

/// <summary>The leases there are, in memory while the vault is unsealed. One that is over may still be here until it is swept out.</summary>
internal sealed class LeaseBook
{
    /// <summary>The most that one agent may hold at once: a loop that retrieves without releasing must not fill the store.</summary>
    public const int MaxPerAgent = 1000;

    private readonly ConcurrentDictionary<string, Lease> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AgentName, int> _held = new();

    public IEnumerable<Lease> All => _byId.Values;

    public int HeldBy(AgentName agent) => _held.GetValueOrDefault(agent);

    public bool TryFind(string id, [NotNullWhen(true)] out Lease? lease) => _byId.TryGetValue(id, out lease);

    public void Put(Lease lease)
    {
        if (_byId.TryAdd(lease.Id, lease))
        {
            _held.AddOrUpdate(lease.Agent, 1, (_, held) => held + 1);
        }
        else
        {
            _byId[lease.Id] = lease;
        }
    }

    /// <summary>Puts a renewed lease in place of what it was; false when that was renewed or ended meanwhile.</summary>
    public bool TryReplace(Lease lease, Lease renewed) => _byId.TryUpdate(lease.Id, renewed, lease);

    /// <summary>Takes a lease out; false when somebody else did.</summary>
    public bool TryTake(Lease lease)
    {
        if (!_byId.TryRemove(lease.Id, out _))
        {
            return false;
        }

        _held.AddOrUpdate(lease.Agent, 0, (_, held) => held - 1);
        return true;
    }
}
