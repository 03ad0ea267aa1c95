using System.CommandLine;
using System.Globalization;
using Sanctum.Audit;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum audit log</c></summary>
internal static class AuditLogCommand
{
    private const string DefaultLast = "50";
    private const string Everything = "all";
    private const string Damaged = "DAMAGED";

    public static Command Create(Runner runner)
    {
        var last = new Option<string>("--last") { Description = "Only the last N entries that match, or 'all'", HelpName = "N", DefaultValueFactory = _ => DefaultLast };
        var agent = new Option<string?>("--agent") { Description = "Only what this agent did", HelpName = "A" };
        var resource = new Option<string?>("--resource") { Description = "Only entries about what matches, with * and ?", HelpName = "PATTERN" };
        var action = new Option<string?>("--action") { Description = "Only this action, such as use or credential.store", HelpName = "A" };
        var denied = new Option<bool>("--denied") { Description = "Only what was refused or failed" };
        var since = new Option<string?>("--since") { Description = "Only since then: 90s, 15m, 2h or 7d ago, or a time such as 2026-01-31T09:00:00Z", HelpName = "T" };
        var until = new Option<string?>("--until") { Description = "Only until then, in the form of --since", HelpName = "T" };
        var command = new Command("log", "Show who did what, the newest last") { last, agent, resource, action, denied, since, until };
        command.Aliases.Add("list");
        return runner.Bind(command, run =>
        {
            var request = new AuditRequest(
                Last(run.Get(last)!), run.Get(agent), run.Get(resource), Known(run.Get(action)), run.Get(denied), Moment("--since", run.Get(since)), Moment("--until", run.Get(until)));
            return run.AsOperatorAsync(async vault =>
            {
                var entries = new List<AuditEntryView>();
                OperatorException? damage = null;
                try
                {
                    await foreach (var entry in vault.ReadAuditAsync(request, run.Cancelled).ConfigureAwait(false))
                    {
                        entries.Add(entry);
                    }
                }
                catch (OperatorException damaged) when (damaged.Code == Damaged && entries.Count > 0)
                {
                    damage = damaged;
                }

                if (entries.Count == 0 && request.Agent is { } name)
                {
                    await RequireAgentAsync(run, vault, name).ConfigureAwait(false);
                }

                run.Terminal.Result(new EntriesDocument(entries), json => json.EntriesDocument, () => Show(run, entries));
                if (damage is not null)
                {
                    throw damage;
                }
            });
        });
    }

    private static void Show(Run run, List<AuditEntryView> entries) => run.Terminal.Table(
        ["#", "TIME", "WHO", "WHAT", "ON", "OUTCOME", "REQUEST"],
        entries.Select(it => new[]
        {
            it.Sequence.ToString(CultureInfo.InvariantCulture), Times.Local(it.Time), it.Actor, it.Operation is null ? it.Action : $"{it.Action} {it.Operation}", it.Resource,
            (it.Reason is null ? it.Outcome : $"{it.Outcome}: {it.Reason}") + Calls(it.Details), Request(it.Details),
        }),
        "no entries match");

    // Of calls that were counted and not written one by one: how many.
    private static string? Calls(IReadOnlyDictionary<string, string>? details) =>
        details is not null && details.TryGetValue("calls", out var calls) ? $", {calls} more calls" : null;

    // Of a request that went out, or was to go out: where to, and what came back. Of one that streams, these are entries of their own.
    private static string? Request(IReadOnlyDictionary<string, string>? details)
    {
        if (details is null)
        {
            return null;
        }

        var request = details.TryGetValue("origin", out var origin) ? $"{details.GetValueOrDefault("method")} {origin}{details.GetValueOrDefault("path")}" : null;
        var scrubbed = details.TryGetValue("scrubbed", out var count) ? $"scrubbed {count}" : null;
        var response = details.TryGetValue("status", out var status) ? $"{status}, {details.GetValueOrDefault("bytes", "no")} bytes, {details.GetValueOrDefault("duration_ms")} ms" : null;
        var outcome = string.Join(", ", new[] { response, scrubbed }.OfType<string>());
        return request is null ? (outcome.Length > 0 ? outcome : null) : outcome.Length > 0 ? $"{request}: {outcome}" : request;
    }

    // A slip must not read as "nothing happened".
    private static string? Known(string? action) => action is null || AuditLog.Actions.Contains(action)
        ? action
        : throw CliErrors.UnknownWord(
            action, AuditLog.Actions, "there is no such action", it => $"there is no action '{it}'", $"there are {string.Join(", ", AuditLog.Actions)}");

    // Of an agent that was removed there are entries; of one that never was there are none, and none are to be expected.
    private static async Task RequireAgentAsync(Run run, IOperatorApi vault, string name)
    {
        var agents = await vault.ListAgentsAsync(run.Cancelled).ConfigureAwait(false);
        if (agents.All(it => it.Name != name) && !await vault.ReadAuditAsync(new AuditRequest(Last: 1, Agent: name), run.Cancelled).AnyAsync(run.Cancelled).ConfigureAwait(false))
        {
            throw CliErrors.NoAgent(name, agents.Select(it => it.Name));
        }
    }

    private static int? Last(string last) =>
        last == Everything ? null
        : int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
        : throw CliErrors.InvalidValue("--last", "a whole number from 1, or 'all'");

    private static DateTimeOffset? Moment(string option, string? text) =>
        text is null ? null
        : Times.TryParseMoment(text, TimeProvider.System, out var moment) ? moment
        : throw CliErrors.InvalidValue(option, "a span such as 15m, 2h or 7d, or a time such as 2026-01-31T09:00:00Z");
}
