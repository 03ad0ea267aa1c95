using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Sanctum.Agents;

namespace Sanctum.Leases;

/// <summary>The leases there are, in memory while the vault is unsealed. One that is over may still be here until it is swept out.</summary>
internal sealed class LeaseBook
{
    private readonly ConcurrentDictionary<string, Lease> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AgentName, HeldLeases> _held = new();
    private readonly DerivedLeases _derived = new();

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
            ? new LeaseReservation(this, held, most)
            : throw TooMany(most, wait);
    }

    public static VaultException TooMany(int most, TimeSpan wait) => Errors.RateLimited($"this agent holds {most} leases; release some", wait);

    public void Put(Lease lease) => Put(lease, Of(lease.Agent), reserved: false);

    public void Put(Lease lease, HeldLeases held, bool reserved)
    {
        held.Put(lease, reserved);
        _byId[lease.Id] = lease;
        _derived.Add(lease);
    }

    /// <summary>The leases that were derived from one, without those that were derived from these.</summary>
    public IReadOnlyList<Lease> DerivedFrom(string id) =>
        [.. _derived.Of(id).Select(derived => TryFind(derived, out var lease) ? lease : null).OfType<Lease>()];

    /// <summary>Those that it was derived from, the nearest first.</summary>
    public IEnumerable<Lease> Above(Lease lease)
    {
        while (lease.Use?.ParentId is { } parent && TryFind(parent, out var above))
        {
            yield return above;
            lease = above;
        }
    }

    /// <summary>Whether a lease still counts: it is there, its time is not over, and the same is true of each that it was derived from.</summary>
    public bool IsAlive(string id, DateTimeOffset now) =>
        TryFind(id, out var lease) && lease.ExpiresAt > now && (lease.Use?.ParentId is not { } parent || IsAlive(parent, now));

    /// <summary>Whether a renewal that was put here is here yet, or one that was made from it: not so where another daemon has ended or renewed the lease.</summary>
    public bool Holds(Lease renewed) => TryFind(renewed.Id, out var now) && now.Renewals >= renewed.Renewals && now.Line.IsThatOf(renewed.Line);

    /// <summary>Puts a renewed lease in place of what it was; false when that was renewed or ended meanwhile.</summary>
    public bool TryReplace(Lease lease, Lease renewed) =>
        Of(lease.Agent).TryReplace(lease, renewed) && _byId.TryUpdate(lease.Id, renewed, lease);

    /// <summary>Takes a lease out; false when somebody else did.</summary>
    public bool TryTake(Lease lease)
    {
        if (!_byId.TryRemove(lease.Id, out _))
        {
            return false;
        }

        _derived.Remove(lease);
        return Of(lease.Agent).Remove(lease);
    }

    private HeldLeases Of(AgentName agent) => _held.GetOrAdd(agent, static _ => new HeldLeases());
}

/// <summary>A place for one lease more. Given back when it is disposed before there is a lease.</summary>
internal sealed class LeaseReservation(LeaseBook book, HeldLeases held, int most) : IDisposable
{
    private bool _used;

    /// <summary>Whether there is still a place, right before the lease is written.</summary>
    /// <param name="now">The time by the vault's clock.</param>
    /// <returns>Null; or what the agent is told.</returns>
    public VaultException? Check(DateTimeOffset now) => held.IsWithin(most, now) ? null : LeaseBook.TooMany(most, TimeSpan.FromSeconds(1));

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
