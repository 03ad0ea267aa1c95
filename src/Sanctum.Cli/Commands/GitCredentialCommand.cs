using System.CommandLine;
using System.Text;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Hosts;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum git-credential get</c>, as git runs it.</summary>
internal static class GitCredentialCommand
{
    public static Command Create(Runner runner)
    {
        var operation = new Argument<string>("OPERATION") { Description = "What git asks for: get; it also says store and erase, which change nothing here" };
        var hosts = new HostOptions();
        var agent = new AgentOptions();
        var command = new Command("git-credential", "As an agent: give git the secret of a host that is listed for it") { operation };
        hosts.AddTo(command);
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            GivenSecret.RequireText(run, "git-credential");
            using var input = StandardStreams.OpenInput();
            var question = GitQuestion.Read(input);
            if (run.Get(operation) != "get")
            {
                return; // The vault's secrets are the operator's to change, and git says these after every call.
            }

            var all = hosts.Read(run);
            if (question.Among(all) is var (credential, user))
            {
                await using var client = agent.Open(run, all.Agent);
                await using var lease = await AgentSecret.TakeAsync(client, credential.Path, run.Cancelled).ConfigureAwait(false);
                Write(run.Terminal, user, lease.Bytes.Span, credential.Path);
            }
        });
    }

    private static void Write(Terminal terminal, string user, ReadOnlySpan<byte> secret, string path)
    {
        GivenSecret.RequireOneLine(secret, path);
        terminal.Bytes(Encoding.UTF8.GetBytes($"username={user}\npassword="));
        terminal.Bytes(secret);
        terminal.Bytes("\n"u8);
    }
}
