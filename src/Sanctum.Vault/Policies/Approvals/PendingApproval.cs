using Sanctum.Agents;
using Sanctum.Credentials;

namespace Sanctum.Policies.Approvals;

/// <summary>A call that waits for a human.</summary>
/// <param name="Id">What to approve or deny it by, 32 hex digits.</param>
/// <param name="Agent">Who asks.</param>
/// <param name="Action">What for.</param>
/// <param name="Path">With which credential.</param>
/// <param name="Operation">Which operation, of a use.</param>
/// <param name="RequestedAt">When it was first asked for.</param>
/// <param name="ExpiresAt">When it is forgotten, if nobody decides.</param>
/// <param name="Summary">Of a request that would go out: method, origin and path; null for everything else.</param>
public sealed record PendingApproval(
    string Id,
    AgentName Agent,
    PolicyActions Action,
    CredentialPath Path,
    string? Operation,
    DateTimeOffset RequestedAt,
    DateTimeOffset ExpiresAt,
    string? Summary = null);

/// <summary>What a human is asked.</summary>
internal readonly record struct Question(AgentName Agent, PolicyActions Action, CredentialPath Path, string? Operation, string? Summary = null);
