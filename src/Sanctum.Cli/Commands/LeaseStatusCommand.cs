using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum lease status</c></summary>
internal static class LeaseStatusCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("status", "Show the active leases"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListLeasesAsync(run.Cancelled).ConfigureAwait(false);
        var now = TimeProvider.System.GetUtcNow();
        run.Terminal.Result(new LeasesDocument(all), json => json.LeasesDocument, () => run.Terminal.Table(
            ["LEASE", "AGENT", "PATH", "ENDS", "LEFT", "RENEWED"],
            all.Select(it => new[] { it.LeaseId, it.Agent, it.Path, Times.Local(it.ExpiresAt), Times.Span(it.ExpiresAt - now), $"{it.Renewals}" }),
            "no active leases"));
    }));
}
