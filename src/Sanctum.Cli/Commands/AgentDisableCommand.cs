using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent disable NAME</c></summary>
internal static class AgentDisableCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The agent" };
        return runner.Bind(new Command("disable", "Disable an agent: its sessions, calls and leases end at once, and it can't sign in") { name }, run => run.AsOperatorAsync(async vault =>
        {
            var agent = await vault.DisableAgentAsync(AgentName.Parse(run.Get(name)).Value, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(agent, json => json.AgentView, () => run.Terminal.Line($"agent {agent.Name} is disabled: its sessions, calls and leases ended, and it can't sign in"));
            run.Terminal.Note($"its key and its policies stay; 'sanctum agent enable {agent.Name}' lets it in again");
        }));
    }
}
