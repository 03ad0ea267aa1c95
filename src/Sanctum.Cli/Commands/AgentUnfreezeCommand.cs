using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent unfreeze NAME</c></summary>
internal static class AgentUnfreezeCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The agent" };
        return runner.Bind(new Command("unfreeze", "Let an agent out of its quarantine") { name }, run => run.AsOperatorAsync(async vault =>
        {
            var agent = await vault.UnfreezeAgentAsync(AgentName.Parse(run.Get(name)).Value, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(agent, json => json.AgentView, () => run.Terminal.Line($"agent {agent.Name} can sign in again"));
        }));
    }
}
