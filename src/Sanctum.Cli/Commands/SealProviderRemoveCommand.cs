using System.CommandLine;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum seal-provider remove NAME</c></summary>
internal static class SealProviderRemoveCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The seal provider" };
        return runner.Bind(new Command("remove", "Remove a seal provider. The passphrase and the others still open the vault") { name }, run => run.AsOperatorAsync(async vault =>
        {
            var removed = await vault.RemoveSealProviderAsync(run.Get(name), run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(removed, json => json.SealProviderResult, () => run.Terminal.Line($"removed seal provider {removed.Name}"));
            if (!removed.Worked)
            {
                run.Terminal.Warn($"the provider's key was not removed: {removed.Reason}");
                if (removed.Suggestion is { } advice)
                {
                    run.Terminal.Note(advice);
                }
            }

            run.Terminal.Note("earlier backups and copies of vault.sealed can still be opened by it");
        }));
    }
}
