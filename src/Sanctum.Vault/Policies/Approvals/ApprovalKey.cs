using Sanctum.Operations;

namespace Sanctum.Policies.Approvals;

/// <summary>
/// One very call: what is approved is this agent doing this with these parameters, and nothing that only resembles it.
/// Other spellings of the operation are the same call.
/// </summary>
internal readonly record struct ApprovalKey(string Agent, PolicyActions Action, string Path, string? Operation, string CallDigest)
{
    public static ApprovalKey Of(Question question, ReadOnlyMemory<byte> callDigest) => new(
        question.Agent.Value,
        question.Action,
        question.Path.Value,
        question.Operation is null ? null : OperationNames.Canonical(question.Operation),
        Convert.ToHexStringLower(callDigest.Span));
}
