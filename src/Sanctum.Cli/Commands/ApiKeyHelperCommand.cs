using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Credentials;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum api-key-helper PATH</c>, for programs that run a command to get their API key, such as Claude Code.</summary>
internal static class ApiKeyHelperCommand
{
    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        var agent = new AgentOptions();
        var command = new Command("api-key-helper", "As an agent: print an API key on one line, for programs that get their key from a command") { path };
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            GivenSecret.RequireText(run, "api-key-helper");
            var at = CredentialPath.Parse(run.Get(path)).Value;
            await using var client = agent.Open(run);
            await using var lease = await AgentSecret.TakeAsync(client, at, run.Cancelled).ConfigureAwait(false);
            GivenSecret.RequireOneLine(lease.Bytes.Span, at);
            run.Terminal.Bytes(lease.Bytes.Span);
            run.Terminal.Bytes("\n"u8);
        });
    }
}
