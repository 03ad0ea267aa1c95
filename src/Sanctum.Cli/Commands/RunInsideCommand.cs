using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;

namespace Sanctum.Cli.Commands;

/// <summary>What <c>sanctum run --isolate</c> starts in the program's network: ports that lead to the proxy, and the program.</summary>
internal static class RunInsideCommand
{
    public static Command Create(Runner runner)
    {
        var socket = new Argument<string>("SOCKET") { Description = "The daemon's proxy socket" };
        var words = new Argument<string[]>("COMMAND") { Description = "The program and its arguments", Arity = ArgumentArity.OneOrMore };
        var command = new Command(Isolation.InnerCommand, "Run a program inside the network of a run") { socket, words };
        command.Hidden = true;
        return runner.BindWithoutSignals(command, async run =>
        {
            var environment = RawEnvironment.OfThisProcess();
            var token = new Uri(environment.Get("HTTPS_PROXY") ?? throw CliErrors.Usage("this command is for 'sanctum run --isolate' alone")).UserInfo.Split(':')[^1];
            await using var bridge = new Bridge(run.Get(socket), port: Isolation.Port);
            await using var javas = new Bridge(run.Get(socket), new TokenHead(token).BeginAsync, Isolation.JavaPort);
            using var child = Child.StartInside(RawArguments.Last(run.Get(words).Length), environment);
            return await child.WaitAsync().ConfigureAwait(false);
        });
    }
}
