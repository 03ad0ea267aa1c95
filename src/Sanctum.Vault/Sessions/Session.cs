using Sanctum.Agents;

namespace Sanctum.Sessions;

/// <summary>One agent's authenticated connection.</summary>
public sealed class Session
{
    internal Session() { }

    /// <summary>Its id: 32 hex digits. Of no use on another connection.</summary>
    public string Id => throw null!;

    /// <summary>Whose it is.</summary>
    public AgentName Agent => throw null!;

    /// <summary>When it is over.</summary>
    public DateTimeOffset ExpiresAt => throw null!;

    /// <summary>Cancelled when the session ends: logged out, past its life, agent removed, vault sealed.</summary>
    public CancellationToken Ended => throw null!;

    /// <summary>The agent, for the vault's methods.</summary>
    /// <exception cref="VaultException">The session is over; the code is <see cref="VaultErrorCode.SessionExpired"/>, or
    /// <see cref="VaultErrorCode.VaultLocked"/> when the vault has been sealed.</exception>
    public Caller Caller => throw null!;
}
