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

    /// <summary>Why and since when it is quarantined: it can do nothing until an operator lets it go. Null when it is not.</summary>
    public AgentFreeze? Frozen { get; init; }
}

/// <summary>An agent's quarantine.</summary>
/// <param name="Since">Since when.</param>
/// <param name="By">Who put it there: <c>operator</c>, or <c>vault</c>.</param>
/// <param name="Reason">Why, one line; may be empty.</param>
public sealed record AgentFreeze(DateTimeOffset Since, string By, string Reason);
