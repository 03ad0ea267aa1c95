using Sanctum.Agents;
using Sanctum.Credentials;

namespace Sanctum.Leases;

/// <summary>An agent holds a secret, or may use a credential by a base URL, for a time.</summary>
/// <param name="Id">Unguessable, 32 hex digits.</param>
/// <param name="Agent">Who holds it.</param>
/// <param name="Path">Of which credential.</param>
/// <param name="Ttl">For how long, from when it was granted or last renewed.</param>
/// <param name="CreatedAt">When it was granted.</param>
/// <param name="ExpiresAt">When the lease ends.</param>
/// <param name="Renewals">How often it has been renewed.</param>
public sealed record Lease(
    string Id,
    AgentName Agent,
    CredentialPath Path,
    TimeSpan Ttl,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    int Renewals)
{
    /// <summary>What it lets its holder do; null where the holder has the secret itself.</summary>
    public LeasedUse? Use { get; init; }

    /// <summary>The same for a lease and for what it is renewed to here; another one for what was renewed elsewhere.</summary>
    internal LeaseLine Line { get; init; }
}

/// <summary>Tells renewals that were made here from those that were made elsewhere. It says nothing of a lease: two that are the same otherwise are the same.</summary>
internal readonly struct LeaseLine(object mark) : IEquatable<LeaseLine>
{
    public bool IsThatOf(LeaseLine other) => ReferenceEquals(mark, other.Mark);

    public bool Equals(LeaseLine other) => true;

    public override bool Equals(object? obj) => obj is LeaseLine;

    public override int GetHashCode() => 0;

    private object Mark => mark;
}

/// <summary>A lease lets its holder send requests with a credential, by a base URL.</summary>
/// <param name="Scopes">The only methods and paths of requests; empty means any. See <see cref="Door.LeaseRequest.Scopes"/>.</param>
/// <param name="ParentId">The lease that it was derived from; null for none.</param>
/// <param name="Depth">How many leases are above it.</param>
/// <param name="MaxDepth">The most that may be above one that is derived from it.</param>
/// <param name="Approved">Whether a human approved the requests that are sent by it.</param>
public sealed record LeasedUse(IReadOnlyList<string> Scopes, string? ParentId, int Depth, int MaxDepth, bool Approved);
