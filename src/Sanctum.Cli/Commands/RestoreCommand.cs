using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum restore FILE</c></summary>
internal static class RestoreCommand
{
    public static Command Create(Runner runner)
    {
        var file = new Argument<string>("FILE") { Description = "What 'sanctum backup' wrote" };
        var damaged = new Option<bool>("--damaged") { Description = "Also restore a backup with damaged secrets or audit entries, and list them" };
        return runner.Bind(
            new Command("restore", "Create a vault from a backup, and check all of it. An existing vault is never changed") { file, damaged },
            run => RunAsync(run, HomeFolder.Expand(run.Get(file)), run.Get(damaged)));
    }

    private static async Task RunAsync(Run run, string file, bool acceptDamage)
    {
        run.RequireThisMachine();
        if (run.Vault.HoldsKeyDocument)
        {
            throw CliErrors.VaultExists(run.Vault.Path);
        }

        await using var backup = Open(file);
        var whole = await run.Operators.WithPassphraseAsync(passphrase => run.Terminal.WhileAsync(
            "restoring", () => run.Turn.TakeAsync(() => LocalVault.RestoreAsync(run.Vault, backup, passphrase, acceptDamage, run.Cancelled), run.Cancelled))).ConfigureAwait(false);
        run.Terminal.Warn(whole.Damage);
        run.Terminal.Result(
            new RestoreDocument(run.Vault.Path, whole.Entries, whole.Checkpoint, whole.Damage), json => json.RestoreDocument,
            () => run.Terminal.Line($"restored into {run.Vault.Path}, with {whole.Entries} audit entries up to checkpoint {new Audit.AuditCheckpoint(whole.Entries, whole.Checkpoint)}"));
        run.Terminal.Note("backups have no agents' key files; agents that still have theirs can connect as before");
    }

    // Whose it is does not matter: what is in it proves itself.
    private static FileStream Open(string file)
    {
        try
        {
            return FoundFile.TryOpen(file, file, FileTrust.Content) ?? throw CliErrors.Usage($"{file} does not exist", "name what 'sanctum backup' wrote");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }
}
