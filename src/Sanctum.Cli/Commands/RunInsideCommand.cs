using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Runs.Inside;

namespace Sanctum.Cli.Commands;

/// <summary>What <c>sanctum run --isolate</c> starts in the program's network: ports that lead to the proxy, and the program.</summary>
internal static class RunInsideCommand
{
    public static Command Create(Runner runner)
    {
        var socket = new Argument<string>("SOCKET") { Description = "The daemon's proxy socket" };
        var token = new Argument<string>("TOKEN") { Description = "The file with the run's token, which is removed" };
        var words = new Argument<string[]>("COMMAND") { Description = "The program and its arguments", Arity = ArgumentArity.OneOrMore };
        var command = new Command(Isolation.InnerCommand, "Run a program inside the network of a run") { socket, token, words };
        command.Hidden = true;
        return runner.BindWithoutSignals(command, async run =>
        {
            var environment = RawEnvironment.OfThisProcess();
            LoopbackAddress.Add();
            await using var places = new InsidePlaces(run.Get(socket), IsolationFiles.TakeToken(run.Get(token)));
            Capabilities.Drop(); // The address and the ports needed two.
            using var child = Child.StartInside(RawArguments.Last(run.Get(words).Length), environment);
            return await child.WaitAsync().ConfigureAwait(false);
        });
    }
}
