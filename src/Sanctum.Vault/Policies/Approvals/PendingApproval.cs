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
/// <param name="ExpiresAt">When it is forgotten, if nobody answers.</param>
public sealed record PendingApproval(
    string Id,
    AgentName Agent,
    PolicyActions Action,
    CredentialPath Path,
    string? Operation,
    DateTimeOffset RequestedAt,
    DateTimeOffset ExpiresAt);
