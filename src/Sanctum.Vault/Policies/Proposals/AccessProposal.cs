using Sanctum.Agents;

namespace Sanctum.Policies.Proposals;

/// <summary>An agent's request for access, and what an operator made of it.</summary>
/// <param name="Id">What it is granted or denied by, and what its agent looks it up by: 32 hex digits.</param>
/// <param name="Agent">Who asked.</param>
/// <param name="Request">What for.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="ExpiresAt">When nobody can grant it any more; of one that was decided, when it is forgotten.</param>
public sealed record AccessProposal(string Id, AgentName Agent, AccessRequest Request, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Where it stands.</summary>
    public ProposalState State { get; init; }

    /// <summary>What was granted; null for one that was not.</summary>
    public AccessGrant? Grant { get; init; }

    /// <summary>Why it was denied, in the operator's words; null where they gave none.</summary>
    public string? Denial { get; init; }
}

/// <summary>Where a proposal stands.</summary>
public enum ProposalState
{
    /// <summary>Nobody has decided.</summary>
    Pending,

    /// <summary>There is a policy for it.</summary>
    Granted,

    /// <summary>An operator said no.</summary>
    Denied,

    /// <summary>Nobody decided in time.</summary>
    Expired,

    /// <summary>It was granted. The policy has expired since, or was removed.</summary>
    Ended,
}

/// <summary>What of a proposal was granted: a policy's terms.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="Path">The credential.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Hosts">The only hosts of requests; empty for those of the credential.</param>
/// <param name="Methods">The only methods of requests; empty for any.</param>
/// <param name="MaxPerHour">How often in any hour; null for no limit.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record AccessGrant(
    string Policy, string Path, string Operation, IReadOnlyList<string> Hosts, IReadOnlyList<string> Methods, int? MaxPerHour, DateTimeOffset ExpiresAt);

/// <summary>How an operator narrows what was asked for. What is left out stays as it was asked.</summary>
public sealed record AccessNarrowing
{
    /// <summary>The credential. Needed where only a service was named; otherwise the one that was asked for.</summary>
    public string? Path { get; init; }

    /// <summary>The operation. It can only be the one that was asked for.</summary>
    public string? Operation { get; init; }

    /// <summary>Some of the hosts that were asked for; any, where none were.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The only methods of requests.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>For how long, at most as long as was asked for.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How often in any hour.</summary>
    public int? MaxPerHour { get; init; }
}
