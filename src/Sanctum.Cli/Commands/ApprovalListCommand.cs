using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval list</c></summary>
internal static class ApprovalListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the calls and the requests for access that wait for you"), run => run.AsOperatorAsync(async vault =>
    {
        var calls = await vault.ListApprovalsAsync(run.Cancelled).ConfigureAwait(false);
        var requests = (await vault.ListProposalsAsync(run.Cancelled).ConfigureAwait(false)).Where(it => it.Status == "pending").Select(ProposalText.Visible).ToList();
        run.Terminal.Result(new ApprovalsDocument(calls, requests), json => json.ApprovalsDocument, () =>
        {
            if (calls.Count > 0 || requests.Count == 0)
            {
                run.Terminal.Table(
                    ["ID", "AGENT", "ACTION", "PATH", "REQUEST", "REQUESTED", "EXPIRES"],
                    calls.Select(it => new[]
                    {
                        it.ApprovalId, it.Agent, it.Operation is null ? it.Action : $"{it.Action} {it.Operation}", it.Path, it.Summary,
                        Times.Local(it.RequestedAt), Times.Local(it.ExpiresAt),
                    }),
                    "nothing waits for approval");
            }

            if (requests.Count > 0)
            {
                run.Terminal.Table(
                    ["ID", "AGENT", "ASKS FOR", "FOR", "ITS REASON", "REQUESTED", "EXPIRES"],
                    requests.Select(it => new[]
                    {
                        it.ProposalId, it.Agent, ProposalText.What(it), Times.Span(TimeSpan.FromSeconds(it.ForSeconds)), it.Reason, Times.Local(it.RequestedAt), Times.Local(it.ExpiresAt),
                    }),
                    "");
                run.Terminal.Note("a request for access is not a call: 'sanctum approval show ID', then grant or deny it");
            }
        });
    }));
}
