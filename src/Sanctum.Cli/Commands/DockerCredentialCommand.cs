using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Hosts;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum docker-credential get</c>, as Docker runs it by the link <c>docker-credential-sanctum</c>.</summary>
internal static class DockerCredentialCommand
{
    public const string Name = "docker-credential";

    public static Command Create(Runner runner)
    {
        var operation = new Argument<string>("OPERATION") { Description = "What Docker asks for: get or list; store and erase are refused" };
        var hosts = new HostOptions();
        var agent = new AgentOptions();
        var command = new Command(Name, "As an agent: give Docker the secret of a registry that is listed for it") { operation };
        hosts.AddTo(command);
        agent.AddTo(command);
        return runner.Bind(command, run =>
        {
            GivenSecret.RequireText(run, Name);
            var all = hosts.Read(run);
            return new DockerDialogue(run, all, () => agent.Open(run, all.Agent)).RunAsync(run.Get(operation));
        });
    }
}
