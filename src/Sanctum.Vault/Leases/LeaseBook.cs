using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Sanctum.Agents;

namespace Sanctum.Leases;

/// <summary>The leases there are, in memory while the vault is unsealed. One that is over may still be here until it is swept out.</summary>
internal sealed class LeaseBook
{
    private readonly ConcurrentDictionary<string, Lease> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AgentName, HeldLeases> _held = new();

    // Enumerated and not copied: that would stop whoever retrieves meanwhile.
    public IEnumerable<Lease> All => _byId.Select(pair => pair.Value);

    public IReadOnlyList<Lease> HeldBy(AgentName agent) => _held.TryGetValue(agent, out var held) ? held.ToArray() : [];

    public bool TryFind(string id, [NotNullWhen(true)] out Lease? lease) => _byId.TryGetValue(id, out lease);

    /// <summary>Takes a place for a lease that is being made. Leases that are over take none.</summary>
    /// <exception cref="VaultException">The agent holds as many as it may.</exception>
    public LeaseReservation Reserve(AgentName agent, int most, DateTimeOffset now)
    {
        var held = Of(agent);
        return held.TryReserve(most, now, out var wait)
            ? new LeaseReservation(this, held)
            : throw Errors.RateLimited($"this agent holds {most} leases; release some", wait);
    }

    public void Put(Lease lease) => Put(lease, Of(lease.Agent), reserved: false);

    public void Put(Lease lease, HeldLeases held, bool reserved)
    {
        held.Put(lease, reserved);
        _byId[lease.Id] = lease;
    }

    /// <summary>Puts a renewed lease in place of what it was; false when that was renewed or ended meanwhile.</summary>
    public bool TryReplace(Lease lease, Lease renewed) =>
        Of(lease.Agent).TryReplace(lease, renewed) && _byId.TryUpdate(lease.Id, renewed, lease);

    /// <summary>Takes a lease out; false when somebody else did.</summary>
    public bool TryTake(Lease lease) => _byId.TryRemove(lease.Id, out _) && Of(lease.Agent).Remove(lease);

    private HeldLeases Of(AgentName agent) => _held.GetOrAdd(agent, static _ => new HeldLeases());
}

/// <summary>A place for one lease more. Given back when it is disposed before there is a lease.</summary>
internal sealed class LeaseReservation(LeaseBook book, HeldLeases held) : IDisposable
{
    private bool _used;

    public void Become(Lease lease)
    {
        _used = true;
        book.Put(lease, held, reserved: true);
    }

    public void Dispose()
    {
        if (!_used)
        {
            _used = true;
            held.GiveUpReservation();
        }
    }
}
