using Sanctum.Agents;
using Sanctum.Credentials;

namespace Sanctum.Leases;

/// <summary>An agent holds a secret, for a time.</summary>
/// <param name="Id">Unguessable, 32 hex digits.</param>
/// <param name="Agent">Who holds it.</param>
/// <param name="Path">Of which credential.</param>
/// <param name="Ttl">For how long, from when it was granted or last renewed.</param>
/// <param name="CreatedAt">When the secret was retrieved.</param>
/// <param name="ExpiresAt">When the lease ends.</param>
/// <param name="Renewals">How often it has been renewed.</param>
public sealed record Lease(
    string Id,
    AgentName Agent,
    CredentialPath Path,
    TimeSpan Ttl,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    int Renewals);
