using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent remove NAME</c></summary>
internal static class AgentRemoveCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The agent" };
        return runner.Bind(new Command("remove", "Remove an agent; its sessions and leases end at once") { name }, run =>
        {
            var agent = AgentName.Parse(run.Get(name)).Value;
            return run.AsOperatorAsync(vault => RunAsync(run, vault, agent));
        });
    }

    private static async Task RunAsync(Run run, IOperatorApi vault, string agent)
    {
        await vault.RemoveAgentAsync(agent, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new RemovedDocument(agent), json => json.RemovedDocument, () => run.Terminal.Line($"removed agent {agent}"));
        foreach (var file in new[] { $"{agent}.key", $"{agent}.key.enc" }.Select(it => Path.Join(run.Vault.Keys, it)).Where(File.Exists))
        {
            run.Terminal.Note($"its key file is useless now and can be deleted: {file}");
        }
    }
}
