using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval list</c></summary>
internal static class ApprovalListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the calls that wait for approval"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListApprovalsAsync(run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new ApprovalsDocument(all), json => json.ApprovalsDocument, () => run.Terminal.Table(
            ["ID", "AGENT", "ACTION", "PATH", "REQUEST", "REQUESTED", "EXPIRES"],
            all.Select(it => new[]
            {
                it.ApprovalId, it.Agent, it.Operation is null ? it.Action : $"{it.Action} {it.Operation}", it.Path, it.Summary,
                Times.Local(it.RequestedAt), Times.Local(it.ExpiresAt),
            }),
            "nothing waits for approval"));
    }));
}
