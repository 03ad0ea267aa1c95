using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval deny ID</c></summary>
internal static class ApprovalDenyCommand
{
    public static Command Create(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = "The id of a waiting call; see 'sanctum approval list'" };
        return runner.Bind(new Command("deny", "Deny a waiting call") { id }, run => run.AsOperatorAsync(async vault =>
        {
            var decision = new ApprovalDecision(run.Get(id), Approve: false);
            await vault.DecideApprovalAsync(decision, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(decision, json => json.ApprovalDecision, () => run.Terminal.Line($"denied {decision.ApprovalId}"));
        }));
    }
}
