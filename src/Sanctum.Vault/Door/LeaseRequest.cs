using Sanctum.Credentials;
using Sanctum.Leases;

namespace Sanctum.Door;

/// <summary>An agent wants to use a credential by a base URL, for a time.</summary>
public sealed class LeaseRequest
{
    /// <summary>The most leases above a lease.</summary>
    public const int MostDepth = 3;

    /// <summary>The credential's path; or a host, or the first part of the path, where that names one that the agent can use.</summary>
    public required string Service { get; init; }

    /// <summary>For how long, at least a second; what the policies allow if that is less. Default: 300 seconds, or what the policies allow.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The only methods and paths of requests, <c>method:GET</c> and <c>path:/v1/*</c>; empty means any.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The lease to derive it from: it ends no later, permits no more, and ends with it.</summary>
    public string? ParentLeaseId { get; init; }

    /// <summary>The most leases that may be above one that is derived from it, 0 to <see cref="MostDepth"/>. Default: as many as its parent lets it, or <see cref="MostDepth"/>.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>What the agent says about it, for the record: each a line of at most 256 characters.</summary>
    public IReadOnlyDictionary<string, string> Context { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether this is a scope that requests can be limited to.</summary>
    public static bool IsScope(string scope) => LeaseScopes.IsValid(scope);
}

/// <summary>A lease to use a credential by a base URL.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Credential">What it is for.</param>
/// <param name="Hosts">The hosts that it goes to. Where there are several, the first segment of a request's path is one of them.</param>
/// <param name="Host">The one that the service named, or else the first.</param>
public sealed record GrantedLease(Lease Lease, CredentialInfo Credential, IReadOnlyList<string> Hosts, string Host);
