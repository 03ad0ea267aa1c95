using Sanctum.Agents;
#pragma warning disable CS1591, CA1822, IDE0060
namespace Sanctum.Leases;

public sealed class LeaseRegistry
{
    internal LeaseRegistry() { }
    public Task<IReadOnlyList<Lease>> ListAsync(Operator by, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>NotFound when there is no such active lease.</summary>
    public Task RevokeAsync(Operator by, string leaseId, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>All of an agent's, or all there are; says how many.</summary>
    public Task<int> RevokeAllAsync(Operator by, AgentName? agent = null, CancellationToken cancellationToken = default) => throw null!;
}
