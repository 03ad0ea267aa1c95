namespace Sanctum.Audit;

/// <summary>Tells, on the way back through the log, when entries of a time or later are not to be expected any more.</summary>
/// <remarks>
/// Entries are in order of their numbers, and of their times only as far as the clock was: calls that run together are recorded in another order than they
/// began in, and clocks are put right. So one older entry ends nothing. What does is a run of entries that are all older by more than a clock is
/// usually wrong, a wrong time zone included.
/// </remarks>
internal sealed class SinceBound(DateTimeOffset? since)
{
    private const int Run = 1024;

    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    private int _older;

    public bool IsPassedBy(AuditEntry entry)
    {
        _older = since - entry.Time > Margin ? _older + 1 : 0;
        return _older == Run;
    }
}
