using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum run -- COMMAND</c></summary>
internal static class RunCommand
{
    public static Command Create(Runner runner)
    {
        var words = new Argument<string[]>("COMMAND") { Description = "The program and its arguments, after '--'", Arity = ArgumentArity.OneOrMore };
        var isolate = new Option<bool>("--isolate") { Description = "Give the program a network from which only the proxy can be reached, and hide the vault's folder from it; requires bubblewrap" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Say nothing at the end about the hosts that the program was refused" };
        var options = new RunOptions();
        var agent = new AgentOptions();
        var command = new Command("run", "As an agent: run a program that uses credentials without seeing them, through the vault's proxy") { words };
        options.AddTo(command);
        command.Options.Add(isolate);
        command.Options.Add(quiet);
        agent.AddTo(command);
        return runner.BindWithoutSignals(command, async run =>
        {
            GivenSecret.RequireText(run, "run");
            if (!OperatingSystem.IsLinux())
            {
                throw CliErrors.Usage("'sanctum run' requires Linux");
            }

            var environment = RawEnvironment.OfThisProcess();
            await using var client = agent.Open(run, overNetwork: false);
            var values = await options.ReadAsync(run, environment, client).ConfigureAwait(false);
            return await new ProgramRun(run, client, agent.KeyFiles(run), run.Get(isolate), run.Get(quiet)).RunAsync(RawArguments.Last(run.Get(words).Length), environment, values).ConfigureAwait(false);
        });
    }
}
