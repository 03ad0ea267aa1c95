using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum init</c></summary>
internal static class InitCommand
{
    public static Command Create(Runner runner) =>
        runner.Bind(new Command("init", "Create a vault. An existing one is never changed"), RunAsync);

    private static async Task RunAsync(Run run)
    {
        run.RequireThisMachine();
        if (run.Vault.HoldsKeyDocument)
        {
            throw CliErrors.VaultExists(run.Vault.Path); // Before anything is typed for nothing; the store checks again.
        }

        var passphrase = run.Passphrases.GetNew();
        try
        {
            var id = await run.Terminal.WhileAsync("creating the vault", () => run.Turn.TakeAsync(() => LocalVault.CreateAsync(run.Vault, passphrase, run.Cancelled), run.Cancelled)).ConfigureAwait(false);
            run.Terminal.Result(new InitDocument(id.ToString(), run.Vault.Path), json => json.InitDocument, () => run.Terminal.Line($"created a vault in {run.Vault.Path}"));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }

        run.Terminal.Note("keep the passphrase somewhere safe: nobody can read the vault without it");
        run.Terminal.Note("next: 'sanctum daemon start', then 'sanctum store PATH'");
    }
}
