using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Operations;

namespace Sanctum.Policies.Approvals;

/// <summary>
/// One very call: what is approved is this agent doing this with these parameters, and nothing that only resembles it.
/// Other spellings of the operation are the same call.
/// </summary>
internal readonly record struct ApprovalKey(string Agent, PolicyActions Action, string Path, string? Operation, string CallDigest)
{
    public static ApprovalKey Of(AgentName agent, PolicyActions action, CredentialPath path, string? operation, ReadOnlyMemory<byte> callDigest) => new(
        agent.Value,
        action,
        path.Value,
        operation is null ? null : OperationNames.Canonical(operation),
        Convert.ToHexStringLower(callDigest.Span));
}
