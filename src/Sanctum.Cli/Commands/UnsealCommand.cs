using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum unseal</c></summary>
internal static class UnsealCommand
{
    public static Command Create(Runner runner)
    {
        var command = new Command("unseal", "Open the running daemon's vault with the passphrase");
        command.Aliases.Add("unlock");
        return runner.Bind(command, RunAsync);
    }

    private static async Task RunAsync(Run run)
    {
        var daemon = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        IReadOnlyList<string> warnings = [];
        if (daemon.Sealed)
        {
            var unsealed = await run.Operators.WithPassphraseAsync(it => run.Operators.Admin.UnsealAsync(it, run.Cancelled)).ConfigureAwait(false);
            warnings = unsealed.Warnings ?? [];
        }

        run.Terminal.Warn(warnings);
        run.Terminal.Result(
            new SealDocument(Sealed: false, Changed: daemon.Sealed, warnings), json => json.SealDocument,
            () => run.Terminal.Line(daemon.Sealed ? "the vault is unsealed" : "the vault was unsealed already"));
    }
}
