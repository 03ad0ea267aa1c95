namespace Sanctum.Audit;

/// <summary>Which entries to read. All that are given must hold.</summary>
public sealed record AuditQuery
{
    /// <summary>Only the last so many of those that match.</summary>
    public int? Last { get; init; }

    /// <summary>Only this agent's.</summary>
    public string? Agent { get; init; }

    /// <summary>Only about resources that match this pattern (<c>*</c> and <c>?</c>).</summary>
    public string? Resource { get; init; }

    /// <summary>Only of this action, one of those in the log's format. Another is refused: a slip must not read as "nothing happened".</summary>
    public string? Action { get; init; }

    /// <summary>Only what was refused or failed.</summary>
    public bool Denied { get; init; }

    /// <summary>
    /// Only from this time on. The log is read backwards until there are 1024 entries in a row that are more than a day older; what lies before them is not looked at.
    /// </summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only up to this time. What is later is read and passed over.</summary>
    public DateTimeOffset? Until { get; init; }
}
