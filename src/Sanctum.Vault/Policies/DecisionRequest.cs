using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;

namespace Sanctum.Policies;

/// <summary>What is to be decided.</summary>
/// <param name="Agent">Who asks.</param>
/// <param name="Actions">One action, or several that must all be granted, possibly by different policies.</param>
/// <param name="Path">On which credential.</param>
/// <param name="Operation">Which operation, of a use; either spelling.</param>
/// <param name="Now">The time.</param>
/// <param name="Target">What a request that goes out is for; null for everything else.</param>
/// <param name="Approved">Whether a human approved this very call.</param>
internal readonly record struct DecisionRequest(
    AgentName Agent,
    PolicyActions Actions,
    CredentialPath Path,
    string? Operation,
    Moment Now,
    RequestTarget? Target = null,
    bool Approved = false);

/// <summary>What tells one call from others like it.</summary>
/// <param name="Target">What a request that goes out is for; null for everything else.</param>
/// <param name="DigestOf">Makes <see cref="Digest"/>; null where the rest of the question says it all.</param>
internal readonly record struct Call(RequestTarget? Target, Func<byte[]>? DigestOf)
{
    /// <summary>Of all of its parameters, for approvals. Made when it is asked for: most calls need none, and which do is known when they are decided.</summary>
    public byte[] Digest => DigestOf?.Invoke() ?? [];

    /// <summary>What a human is asked, where there is no target that says it.</summary>
    public string? Summary { get; init; }

    /// <summary>The lease that it is made by; null for none.</summary>
    public string? LeaseId { get; init; }

    /// <summary>Whether a human approved it beforehand, with its lease.</summary>
    public bool Approved { get; init; }

    /// <summary>Whether it asks for a lease alone: that is no use yet, and counts against no hourly limit.</summary>
    public bool IsForLease { get; init; }
}
