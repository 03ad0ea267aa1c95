using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent freeze NAME</c></summary>
internal static class AgentFreezeCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The agent" };
        var reason = new Option<string?>("--reason") { Description = "Why, one line, for operators; the agent is not told", HelpName = "TEXT" };
        return runner.Bind(new Command("freeze", "Quarantine an agent: its sessions, calls and leases end at once, and it is told to stop") { name, reason }, run => run.AsOperatorAsync(async vault =>
        {
            var agent = await vault.FreezeAgentAsync(AgentName.Parse(run.Get(name)).Value, run.Get(reason) ?? "", run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(agent, json => json.AgentView, () => run.Terminal.Line($"agent {agent.Name} is frozen: its sessions, calls and leases ended, and it is told to stop"));
            run.Terminal.Note($"its key and its policies stay; 'sanctum agent unfreeze {agent.Name}' lets it go");
        }));
    }
}
