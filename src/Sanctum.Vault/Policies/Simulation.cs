namespace Sanctum.Policies;

/// <summary>What the vault would decide, and why, had the agent asked now. Nothing is counted or recorded as the agent's.</summary>
/// <param name="Allowed">Whether it would be allowed.</param>
/// <param name="Code">Why not; null when allowed.</param>
/// <param name="Reason">The reason in words.</param>
/// <param name="Policies">The names of the policies that grant it.</param>
/// <param name="MaxTtl">The longest lease, for a retrieval.</param>
public sealed record Simulation(bool Allowed, VaultErrorCode? Code, string Reason, IReadOnlyList<string> Policies, TimeSpan? MaxTtl)
{
    /// <summary>Of a use of no particular operation: what operations would refuse the credential's secret for. See <see cref="Operations.CredentialReadiness"/>.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
