namespace Sanctum.Client;

/// <summary>Some of the agent's own entries in the vault's audit log.</summary>
/// <param name="Entries">In order of time.</param>
/// <param name="NextBefore">What to ask for next, for older ones; null where there are none. A page can be empty and have one.</param>
public sealed record AuditPage(IReadOnlyList<AuditPageEntry> Entries, long? NextBefore)
{
    /// <summary>Whether a part of the log that this page is of is damaged: entries may be missing. False where the daemon does not say.</summary>
    public bool IsIncomplete { get; init; }
}

/// <summary>Something that the agent did or tried.</summary>
/// <param name="Time">When; null where the daemon does not say.</param>
/// <param name="Action">What, such as <c>use</c>.</param>
/// <param name="Outcome"><c>allowed</c>, <c>denied</c> or <c>failed</c>.</param>
/// <param name="Resource">With what, such as a credential's path.</param>
/// <param name="Operation">Which operation, of a use.</param>
/// <param name="Reason">The code of a refusal.</param>
/// <param name="LeaseId">The lease that it was about.</param>
public sealed record AuditPageEntry(DateTimeOffset? Time, string Action, string Outcome, string? Resource, string? Operation, string? Reason, string? LeaseId);
