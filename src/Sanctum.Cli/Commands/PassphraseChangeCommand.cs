using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum passphrase change</c></summary>
internal static class PassphraseChangeCommand
{
    public static Command Create(Runner runner)
    {
        var file = new Option<string?>("--new-passphrase-file") { Description = "A file with the new passphrase. Default: a prompt", HelpName = "FILE" };
        return runner.Bind(new Command("change", "Change the vault's passphrase. Its content stays") { file }, run => RunAsync(run, run.Get(file)));
    }

    private static Task RunAsync(Run run, string? file) => run.Operators.WithPassphraseAsync(async current =>
    {
        // The current passphrase again, also with a token: who finds a terminal unattended must not be able to lock its owner out.
        await using var vault = await run.Operators.OpenWithAsync(current, run.Cancelled).ConfigureAwait(false);
        var replacement = Passphrases.GetReplacement(file);
        try
        {
            await vault.ChangePassphraseAsync(current, replacement, run.Cancelled).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(replacement);
        }

        run.Terminal.Result(new PassphraseDocument(Changed: true), json => json.PassphraseDocument, () => run.Terminal.Line("passphrase changed"));
        run.Terminal.Note("earlier backups still require the old passphrase");
        return true;
    });
}
