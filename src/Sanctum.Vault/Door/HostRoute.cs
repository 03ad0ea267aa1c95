namespace Sanctum.Door;

/// <summary>What becomes of a connection to a host.</summary>
public enum HostRoute
{
    /// <summary>A credential is bound to the host: requests to it are read, decided on one by one, and sent by the vault.</summary>
    Exchange,

    /// <summary>No credential is bound to it, and a policy lets the agent connect to it: the connection is passed on unread.</summary>
    Tunnel,
}
