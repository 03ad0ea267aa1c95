namespace Sanctum.Client;

/// <summary>A lease's life, as granted or renewed.</summary>
/// <param name="LeaseId">The lease's id.</param>
/// <param name="Ttl">How long it was granted for; zero when the vault did not say.</param>
/// <param name="ExpiresAt">When it ends, by the vault's clock.</param>
public sealed record LeaseTerm(string LeaseId, TimeSpan Ttl, DateTimeOffset ExpiresAt);

/// <summary>One of the agent's own leases. What the vault did not say is null.</summary>
/// <param name="LeaseId">The lease's id.</param>
/// <param name="Path">The credential's path.</param>
/// <param name="Ttl">How long it was granted, or last renewed, for.</param>
/// <param name="CreatedAt">When it was granted.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Renewals">How many times it was renewed.</param>
public sealed record LeaseInfo(
    string LeaseId,
    string? Path,
    TimeSpan? Ttl,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? ExpiresAt,
    int? Renewals);
