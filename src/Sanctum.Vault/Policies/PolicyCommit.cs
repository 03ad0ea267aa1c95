using Sanctum.Audit;
using Sanctum.Storage;

namespace Sanctum.Policies;

/// <summary>What is written in one transaction with a change of policies.</summary>
/// <param name="Entries">Entries of the log.</param>
/// <param name="Changes">Records.</param>
/// <param name="Apply">Brings memory in line.</param>
internal sealed record PolicyCommit(IReadOnlyList<AuditEntry> Entries, IReadOnlyList<RecordChange> Changes, Action Apply)
{
    public static PolicyCommit None { get; } = new([], [], () => { });
}
