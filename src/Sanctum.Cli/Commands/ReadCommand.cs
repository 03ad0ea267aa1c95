using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Credentials;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum read PATH</c></summary>
internal static class ReadCommand
{
    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        var agent = new AgentOptions();
        var command = new Command("read", "As an agent: print a secret that it may retrieve, and give back its lease at once") { path };
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            var at = CredentialPath.Parse(run.Get(path)).Value;
            await using var client = agent.Open(run);
            await using var lease = await AgentSecret.TakeAsync(client, at, run.Cancelled).ConfigureAwait(false);
            PrintedSecret.Show(run, at, lease.Bytes);
        });
    }
}
