namespace Sanctum.Audit;

/// <summary>The log is whole: every entry's MAC follows from the one before, up to the authenticated head.</summary>
/// <param name="Entries">How many entries there are.</param>
/// <param name="Checkpoint">The head's MAC, 64 hex digits. Kept elsewhere with <paramref name="Entries"/>, it shows later that nothing was rolled back.</param>
public sealed record AuditVerification(long Entries, string Checkpoint)
{
    /// <summary>What is damaged, a sentence each: empty, unless damage was to be accepted.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];
}
