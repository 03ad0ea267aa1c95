using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent enable NAME</c></summary>
internal static class AgentEnableCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The agent" };
        return runner.Bind(new Command("enable", "Let an agent that was disabled sign in again") { name }, run => run.AsOperatorAsync(async vault =>
        {
            var agent = await vault.EnableAgentAsync(AgentName.Parse(run.Get(name)).Value, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(agent, json => json.AgentView, () => run.Terminal.Line($"agent {agent.Name} is enabled: it can sign in with its key"));
        }));
    }
}
