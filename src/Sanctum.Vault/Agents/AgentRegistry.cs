#pragma warning disable CS1591, CA1822, IDE0060
namespace Sanctum.Agents;

public sealed class AgentRegistry
{
    internal AgentRegistry() { }
    /// <summary>Conflict when the name is taken; InvalidParams (member public_key) on a key that is not 32 bytes, low-order or not canonical.</summary>
    public Task<AgentInfo> RegisterAsync(Operator by, AgentName name, ReadOnlyMemory<byte> publicKey, string description = "", CancellationToken cancellationToken = default) => throw null!;
    public Task<IReadOnlyList<AgentInfo>> ListAsync(Operator by, CancellationToken cancellationToken = default) => throw null!;
    public Task RemoveAsync(Operator by, AgentName name, CancellationToken cancellationToken = default) => throw null!;
}
