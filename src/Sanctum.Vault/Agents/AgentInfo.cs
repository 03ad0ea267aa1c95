namespace Sanctum.Agents;

/// <summary>A registered agent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PublicKey">Its Ed25519 public key, 32 bytes.</param>
/// <param name="Description">A line for people; may be empty.</param>
/// <param name="RegisteredAt">When it was registered.</param>
public sealed record AgentInfo(AgentName Name, ReadOnlyMemory<byte> PublicKey, string Description, DateTimeOffset RegisteredAt)
{
    /// <summary>Whether it is refused at sign-in, in the same words as an agent that is not registered.</summary>
    public bool Disabled { get; init; }
}
