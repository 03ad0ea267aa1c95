using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval deny ID</c></summary>
internal static class ApprovalDenyCommand
{
    public static Command Create(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = "The id of a waiting call or a request for access; see 'sanctum approval list'" };
        var reason = new Option<string?>("--reason") { Description = "Of a request for access: why. The agent is told", HelpName = "R" };
        return runner.Bind(new Command("deny", "Deny a waiting call, or a request for access") { id, reason }, run => run.AsOperatorAsync(async vault =>
        {
            var given = run.Get(id);
            if ((await vault.ListProposalsAsync(run.Cancelled).ConfigureAwait(false)).Any(it => it.ProposalId == given))
            {
                var denied = ProposalText.Visible(await vault.DenyProposalAsync(new ProposalDenial(given, run.Get(reason)), run.Cancelled).ConfigureAwait(false));
                run.Terminal.Result(denied, json => json.ProposalView, () => run.Terminal.Line($"denied {given}"));
                return;
            }

            var decision = new ApprovalDecision(given, Approve: false);
            await vault.DecideApprovalAsync(decision, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(decision, json => json.ApprovalDecision, () => run.Terminal.Line($"denied {decision.ApprovalId}"));
        }));
    }
}
