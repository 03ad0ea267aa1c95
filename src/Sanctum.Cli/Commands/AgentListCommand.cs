using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent list</c></summary>
internal static class AgentListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the agents"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListAgentsAsync(run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new AgentsDocument(all), json => json.AgentsDocument, () => run.Terminal.Table(
            ["NAME", "REGISTERED", "PUBLIC KEY", "DESCRIPTION"],
            all.Select(it => new[] { NameOf(it), Times.Local(it.RegisteredAt), it.PublicKey, it.Description }),
            "no agents; add one with 'sanctum agent register NAME'"));
    }));

    private static string NameOf(AgentView agent) =>
        agent.Frozen is { } frozen ? $"{agent.Name} (frozen{(frozen.Reason.Length > 0 ? $": {frozen.Reason}" : "")})"
        : agent.Enabled ? agent.Name
        : $"{agent.Name} (disabled)";
}
