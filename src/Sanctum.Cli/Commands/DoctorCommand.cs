using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Doctor;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum doctor -- COMMAND</c></summary>
internal static class DoctorCommand
{
    public static Command Create(Runner runner)
    {
        var words = new Argument<string[]>("COMMAND") { Description = "The program, after '--'; its arguments make no difference", Arity = ArgumentArity.OneOrMore };
        var agent = new AgentOptions();
        var command = new Command("doctor", "As an agent: find out whether a program's runtime uses what 'sanctum run' sets; the exit code is 1 if a client does not") { words };
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            var program = run.Get(words)[0];
            var runtime = ProgramRuntime.Of(program, (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)) ?? throw CliErrors.NoSuchProgram(program);
            if (!Probe.Runtimes.Contains(runtime.Name, StringComparer.Ordinal))
            {
                throw CliErrors.UnknownRuntime(program, Probe.Runtimes);
            }

            await using var client = agent.Open(run, overNetwork: false);
            var found = await run.Terminal.WhileAsync("sending requests", () => Diagnosis.OfAsync(client, runtime, run.Cancelled)).ConfigureAwait(false);
            run.Terminal.Result(new DoctorDocument(runtime.Name, runtime.Path, found), json => json.DoctorDocument, () => Show(run, runtime, found));
            return found.All(it => it.Ignores is null) ? ExitCode.Done : ExitCode.Refused;
        });
    }

    private static void Show(Run run, ProgramRuntime runtime, IReadOnlyList<ClientDiagnosis> found)
    {
        run.Terminal.Line($"{runtime.Name}, {runtime.Path}");
        run.Terminal.Table(
            ["CLIENT", "PROXY", "CERTIFICATES", "IGNORES"],
            found.Select(it => new string?[] { it.Client, it.UsesProxy ? "yes" : "no", it.TrustsAuthority is { } trusts ? trusts ? "yes" : "no" : "not tried", it.Ignores }),
            "no client of this runtime is installed");
        if (found.Any(it => it is { UsesProxy: true, TrustsAuthority: null }))
        {
            run.Terminal.Note("certificates were not tried: no credential of this agent is bound to a host by its name");
        }

        if (found.Any(it => it.Ignores is not null))
        {
            run.Terminal.Note("where a client ignores a variable, set its proxy or its certificates in the program, or give it a base URL: sanctum docs base-urls");
        }

        foreach (var silent in found.Where(it => it.Ignores is not null))
        {
            run.Terminal.Detail($"{silent.Client} said: {silent.Said}");
        }
    }
}
