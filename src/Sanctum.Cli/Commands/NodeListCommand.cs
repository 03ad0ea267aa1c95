using System.CommandLine;
using System.Globalization;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum node list</c></summary>
internal static class NodeListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the daemons that serve the vault. Exit code 4 if none is running here"), RunAsync);

    private static async Task RunAsync(Run run)
    {
        _ = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        var nodes = await run.Operators.Admin.ListNodesAsync(run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new NodesDocument(nodes), json => json.NodesDocument, () => run.Terminal.Table(
            ["NAME", "STATE", "VERSION", "STARTED", "LAST SEEN", "POSITION"],
            nodes.Select(it => new[]
            {
                it.Own ? $"{it.Name} (this one)" : it.Name, it.Stale ? $"{it.State}, stale" : it.State, it.Version, Times.Local(it.StartedAt), Times.Local(it.SeenAt),
                it.Position?.ToString(CultureInfo.InvariantCulture) ?? "",
            }),
            "no daemons"));
    }
}
