using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum lease status</c></summary>
internal static class LeaseStatusCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("status", "Show the active leases"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListLeasesAsync(run.Cancelled).ConfigureAwait(false);
        var now = TimeProvider.System.GetUtcNow();
        run.Terminal.Result(new LeasesDocument(all), json => json.LeasesDocument, () => run.Terminal.Table(
            ["LEASE", "AGENT", "PATH", "FOR", "ENDS", "LEFT", "RENEWED"],
            all.Select(it => new[] { it.LeaseId, it.Agent, it.Path, For(it), Times.Local(it.ExpiresAt), Times.Span(it.ExpiresAt - now), $"{it.Renewals}" }),
            "no active leases"));
    }));

    // A lease for use can be limited to some requests, and can end with another.
    private static string For(LeaseView lease) => string.Join(
        ", ", [lease.For, .. lease.Scopes ?? [], .. lease.ParentLeaseId is { } parent ? [$"derived from {parent}"] : Array.Empty<string>()]);
}
