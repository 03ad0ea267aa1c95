namespace Sanctum.Client;

/// <summary>What an agent asks an operator to grant it.</summary>
public sealed record AccessRequest
{
    /// <summary>The credential's path; null where only a service is known.</summary>
    public string? Path { get; init; }

    /// <summary>The service whose credential the operator is to choose, such as <c>github</c>; null where there is a path.</summary>
    public string? Service { get; init; }

    /// <summary>What it is for: <c>http_request</c>, <c>sign</c>, <c>verify</c>, <c>encrypt</c>, <c>decrypt</c>, <c>jwt</c>, or <c>retrieve</c> for the secret itself.</summary>
    public required string Operation { get; init; }

    /// <summary>The only hosts that requests would go to, at most 16; empty for those of the credential.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Why, for the operator: 1 to 500 characters.</summary>
    public required string Reason { get; init; }

    /// <summary>For how long, from a minute to 30 days; null for an hour.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>An agent's request for access, and what an operator made of it.</summary>
/// <param name="Handle">What to ask for it by: see <see cref="SanctumClient.AccessStatusAsync"/>. The operator finds it by the same.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ExpiresAt">Of one that is pending, until when it can be granted. Of one that was granted, until when that holds. Null where the daemon does not say.</param>
public sealed record AccessProposal(string Handle, AccessProposalState State, DateTimeOffset? ExpiresAt)
{
    /// <summary>What was granted; null for nothing.</summary>
    public GrantedAccess? Granted { get; init; }

    /// <summary>Why it was denied, in the operator's words; null where they gave none.</summary>
    public string? Reason { get; init; }
}

/// <summary>Where a request for access stands.</summary>
public enum AccessProposalState
{
    /// <summary>No operator has decided.</summary>
    Pending,

    /// <summary>It is granted.</summary>
    Granted,

    /// <summary>An operator denied it.</summary>
    Denied,

    /// <summary>No operator decided in time.</summary>
    Expired,

    /// <summary>It was granted, and that is over.</summary>
    Ended,
}

/// <summary>What an operator granted.</summary>
/// <param name="Path">The credential's path.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Hosts">The only hosts of requests; empty for those of the credential.</param>
/// <param name="Methods">The only methods of requests; empty for any.</param>
/// <param name="MaxPerHour">How often in any hour; null for no limit.</param>
public sealed record GrantedAccess(string Path, string Operation, IReadOnlyList<string> Hosts, IReadOnlyList<string> Methods, int? MaxPerHour);
