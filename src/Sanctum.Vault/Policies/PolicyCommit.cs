using Sanctum.Audit;
using Sanctum.Storage;

namespace Sanctum.Policies;

/// <summary>What is written in one transaction with a change of policies.</summary>
/// <param name="Entries">Entries of the log.</param>
/// <param name="Changes">Records.</param>
/// <param name="Check">Whether what they were made from is still so, right before they are written.</param>
internal sealed record PolicyCommit(IReadOnlyList<AuditEntry> Entries, IReadOnlyList<RecordChange> Changes, Func<bool> Check)
{
    public static PolicyCommit None { get; } = new([], [], () => true);
}
