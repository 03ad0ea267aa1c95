using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval approve ID</c></summary>
internal static class ApprovalApproveCommand
{
    public static Command Create(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = "The id of a waiting call; see 'sanctum approval list'" };
        var span = new Option<string?>("--for") { Description = "Also allow the same call for this long: 90s, 15m, 2h, 1d. Default: once", HelpName = "TIME" };
        return runner.Bind(new Command("approve", "Approve a waiting call, once or for some time") { id, span }, run =>
        {
            var decision = new ApprovalDecision(run.Get(id), Approve: true, Seconds(run.Get(span)));
            return run.AsOperatorAsync(async vault =>
            {
                await vault.DecideApprovalAsync(decision, run.Cancelled).ConfigureAwait(false);
                run.Terminal.Result(decision, json => json.ApprovalDecision, () => run.Terminal.Line($"approved {decision.ApprovalId}"));
            });
        });
    }

    private static long? Seconds(string? span) =>
        span is null ? null
        : Times.TryParseSpan(span, out var parsed) ? (long)parsed.TotalSeconds
        : throw CliErrors.InvalidValue("--for", "a number and a unit: 90s, 15m, 2h, 1d");
}
