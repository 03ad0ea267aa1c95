using System.Diagnostics;
using Sanctum.Audit;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Makes the entries about what agents do.</summary>
internal static class AgentEntry
{
    /// <param name="vault">The vault.</param>
    /// <param name="caller">Who did it.</param>
    /// <param name="action">One of <see cref="AuditActions"/>.</param>
    /// <param name="resource">To what; null where it is to nothing in particular.</param>
    public static AuditEntry Of(UnsealedVault vault, Caller caller, string action, string? resource = null) => new()
    {
        Time = vault.Now,
        Actor = Actors.Agent(caller.Agent),
        Action = action,
        Resource = resource,
        Outcome = AuditOutcome.Allowed,
        SessionId = caller.Session.Id,
        TraceId = CurrentTrace(),
    };

    // One that came from elsewhere, or that somebody keeps: what is made for nobody has no place in the log.
    private static string? CurrentTrace() =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } here && (here.Recorded || here.ParentSpanId != default) ? here.TraceId.ToHexString() : null;

    /// <summary>
    /// Records that an agent's call was refused or failed. An agent can have itself refused as often as it likes, and must not fill the log with it: beyond a
    /// number in a minute they are counted.
    /// </summary>
    /// <exception cref="VaultException">There have been too many; rate limited.</exception>
    public static async Task RecordRefusalAsync(UnsealedVault vault, AuditEntry entry)
    {
        if (vault.Tally.TryTake(entry.Actor, Tallied.Refusals, entry, out var wait))
        {
            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        }
        else if (entry.Reason is not (null or VaultErrorCode.RateLimited))
        {
            throw Errors.TooManyRefusals(vault.Options.MaxRecordedPerMinute, wait);
        }
    }
}
