namespace Sanctum.Daemon.Admin;

/// <summary>What an operator token is good for. Each call of the operators' API needs one of these.</summary>
[Flags]
public enum OperatorScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>read</c>: lists, the audit log, what would be decided. No secrets.</summary>
    Read = 1,

    /// <summary><c>approve</c>: see the calls that wait for a human, and approve or deny them.</summary>
    Approve = 2,

    /// <summary><c>manage</c>: agents, policies, leases, removing credentials, sealing and stopping. Nothing that gives an agent the right to retrieve secrets.</summary>
    Manage = 4,

    /// <summary><c>secrets</c>: store and get secrets, back up; with <see cref="Manage"/>, let agents retrieve secrets.</summary>
    Secrets = 8,

    /// <summary>What a token is good for unless more or less is requested: all but <see cref="Secrets"/>.</summary>
    Default = Read | Approve | Manage,

    /// <summary>All of them.</summary>
    All = Default | Secrets,
}
