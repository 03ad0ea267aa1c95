using System.Globalization;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary><c>sanctum_audit_log</c>: what the agent did, as the vault recorded it.</summary>
internal sealed class AuditLogTool() : VaultTool(new("sanctum_audit_log", "Audit log", "Shows what you did, as the vault recorded it: the newest page first.")
{
    Parameters = [new("limit", "1 to 100. Default: 20.") { Type = MemberType.Number }, new("before", "next_before of a page.") { Type = MemberType.Number }],
    Results =
    [
        new("entries", "")
        {
            IsRequired = true,
            Type = MemberType.ObjectList,
            Members = [new("time", ""), new("action", "") { IsRequired = true }, new("outcome", "") { IsRequired = true }, new("resource", ""), new("operation", ""), new("reason", "")],
        },
        new("next_before", "") { Type = MemberType.Number },
        new("incomplete", "Whether entries may be missing, because a part of the log is damaged.") { Type = MemberType.Flag },
    ],
    IsReadOnly = true,
})
{
    public override async Task<ToolReply> CallAsync(ToolArguments arguments, SanctumClient vault, CancellationToken cancellationToken)
    {
        var page = await vault.ReadAuditLogAsync(Whole(arguments, "limit") is { } limit ? (int)Math.Clamp(limit, 0, 1000) : null, Whole(arguments, "before"), cancellationToken).ConfigureAwait(false);
        return Reply(page, page.Entries);
    }

    /// <param name="page">What was read.</param>
    /// <param name="entries">What of it is shown.</param>
    public static ToolReply Reply(AuditPage page, IEnumerable<AuditPageEntry> entries)
    {
        var shown = new AuditEntries([.. entries.Select(it => new AuditedCall(it.Time?.ToUniversalTime(), it.Action, it.Outcome, it.Resource, it.Operation, it.Reason))], page.NextBefore, page.IsIncomplete ? true : null);
        var lines = shown.Entries.Select(it => string.Create(
            CultureInfo.InvariantCulture, $"{it.Time:yyyy-MM-dd HH:mm:ss} {it.Action}{Space(it.Operation)}{Space(it.Resource)}: {it.Outcome}{Space(it.Reason)}"));
        return new ToolReply(
            ToolJson.Element(shown, ToolJson.Default.AuditEntries),
            string.Join('\n', lines.DefaultIfEmpty("None of your entries is on this page."))
                + (page.IsIncomplete ? "\nA part of the log is damaged: entries may be missing." : "") + (page.NextBefore is { } next ? string.Create(CultureInfo.InvariantCulture, $"\nOlder ones: before {next}") : ""));
    }

    private static string Space(string? text) => text is null ? "" : " " + text;

    private static long? Whole(ToolArguments arguments, string name) => arguments.OptionalNumber(name) is not { } number ? null
        : number is >= 0 and <= int.MaxValue && number == Math.Floor(number) ? (long)number
        : throw new ToolArgumentException($"'{name}' must be a whole number");
}
