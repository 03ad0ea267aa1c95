using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent list</c></summary>
internal static class AgentListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the agents"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListAgentsAsync(run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new AgentsDocument(all), json => json.AgentsDocument, () => run.Terminal.Table(
            ["NAME", "REGISTERED", "PUBLIC KEY", "DESCRIPTION"],
            all.Select(it => new[] { it.Enabled ? it.Name : $"{it.Name} (disabled)", Times.Local(it.RegisteredAt), it.PublicKey, it.Description }),
            "no agents; add one with 'sanctum agent register NAME'"));
    }));
}
