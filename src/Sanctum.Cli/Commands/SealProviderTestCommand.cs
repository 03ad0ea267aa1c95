using System.CommandLine;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum seal-provider test NAME</c></summary>
internal static class SealProviderTestCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The seal provider" };
        return runner.Bind(new Command("test", "Try whether a seal provider would open the vault now. Exit code 1 if not") { name }, run => TryAsync(run, run.Get(name)));
    }

    private static async Task<int> TryAsync(Run run, string name)
    {
        var worked = false;
        await run.AsOperatorAsync(async vault =>
        {
            var result = await vault.TestSealProviderAsync(name, run.Cancelled).ConfigureAwait(false);
            worked = result.Worked;
            run.Terminal.Result(result, json => json.SealProviderResult, () =>
            {
                run.Terminal.Line(worked ? $"seal provider {name} opens the vault" : $"seal provider {name} does not open the vault: {result.Reason}");
                if (result.Suggestion is { } advice)
                {
                    run.Terminal.Note(advice);
                }
            });
        }).ConfigureAwait(false);
        return worked ? ExitCode.Done : ExitCode.Refused;
    }
}
