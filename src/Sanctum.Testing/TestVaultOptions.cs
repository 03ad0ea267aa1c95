using Sanctum.Policies;

namespace Sanctum.Testing;

/// <summary>How a <see cref="TestVault"/> is. Every setting has a default.</summary>
public sealed record TestVaultOptions
{
    /// <summary>The clock of the vault: leases, sessions and limits follow it. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The agent that the tested program is. Default: <c>test-agent</c>.</summary>
    public string Agent { get; init; } = "test-agent";

    /// <summary>What the agent is granted on every path. Default: to use, retrieve and list. <see cref="PolicyActions.None"/> for no policy.</summary>
    public PolicyActions Grant { get; init; } = PolicyActions.Use | PolicyActions.Retrieve | PolicyActions.List;

    /// <summary>The longest lease that it is granted. Default: 5 minutes.</summary>
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many times a lease can be renewed. Default: 12, as a daemon's.</summary>
    public int MaxLeaseRenewals { get; init; } = 12;

    /// <summary>How many requests the agent may send in a minute; 0 for any number. Default: 0.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>Whether the vault is left sealed until <see cref="TestVault.UnsealAsync"/>. Default: it is unsealed.</summary>
    public bool StartSealed { get; init; }
}
