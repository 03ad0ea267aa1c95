using Sanctum.Agents;
#pragma warning disable CS1591, CA1822, IDE0060
namespace Sanctum.Policies;

public sealed class PolicyRegistry
{
    internal PolicyRegistry() { }
    /// <summary>Conflict when the name is taken. InvalidParams names the member.</summary>
    public Task<Policy> AddAsync(Operator by, Policy policy, CancellationToken cancellationToken = default) => throw null!;
    public Task<IReadOnlyList<Policy>> ListAsync(Operator by, CancellationToken cancellationToken = default) => throw null!;
    public Task RemoveAsync(Operator by, string name, CancellationToken cancellationToken = default) => throw null!;
    public Task<Simulation> SimulateAsync(Operator by, AgentName agent, Credentials.CredentialPath path, PolicyActions action, string? operation = null, CancellationToken cancellationToken = default) => throw null!;
}
