using System.CommandLine;
using Sanctum.Audit;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Hosting.Moves;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum vault move --to 'Host=…;Database=…'|folder</c></summary>
internal static class VaultMoveCommand
{
    private const string Folder = "folder", Database = "postgres";

    public static Command Create(Runner runner)
    {
        var to = new Option<string>("--to") { Description = "A PostgreSQL database, such as 'Host=/run/postgresql;Database=vault', or the word folder", Required = true, HelpName = "PLACE" };
        var passwordFile = new Option<string>("--password-file") { Description = "A file with the database's password", HelpName = "FILE" };
        return runner.Bind(
            new Command("move", "Move the vault from its folder to a database, or back, and check all of it. No daemon may run") { to, passwordFile },
            run => RunAsync(run, run.Get(to)!, run.Get(passwordFile)));
    }

    private static async Task RunAsync(Run run, string to, string? passwordFile)
    {
        var toDatabase = to != Folder;
        if (!toDatabase && passwordFile is not null)
        {
            throw CliErrors.Usage("--password-file is for a database, and --to is 'folder'", "leave it out");
        }

        if (await run.Operators.FindDaemonAsync(run.Cancelled).ConfigureAwait(false) is { } daemon)
        {
            throw CliErrors.NotWhileServed(daemon.ProcessId);
        }

        run.RequireVault();
        if (await run.Turn.TakeAsync(() => VaultMoves.ResumeAsync(run.Vault.Path, run.Cancelled), run.Cancelled).ConfigureAwait(false) is { } finished)
        {
            run.Terminal.Note("a move that was interrupted is finished now");
            if (finished.ToDatabase == toDatabase)
            {
                Show(run, finished, resumed: true);
                return;
            }
        }

        if (VaultStores.IsElsewhere(run.Vault.Path) == toDatabase)
        {
            throw toDatabase ? CliErrors.IsInDatabase() : CliErrors.IsInFolder(run.Vault.Path);
        }

        var moved = await run.Operators.WithPassphraseAsync(passphrase => run.Terminal.WhileAsync("moving the vault", () => run.Turn.TakeAsync(
            () => toDatabase
                ? VaultMoves.ToDatabaseAsync(run.Vault.Path, to, passwordFile, passphrase, run.Cancelled)
                : VaultMoves.ToFolderAsync(run.Vault.Path, passphrase, run.Cancelled),
            run.Cancelled))).ConfigureAwait(false);
        Show(run, moved, resumed: false);
    }

    private static void Show(Run run, MovedVault moved, bool resumed)
    {
        run.Terminal.Result(
            new MoveDocument(moved.ToDatabase ? Folder : Database, moved.ToDatabase ? Database : Folder, moved.AuditEntries, moved.Checkpoint, moved.LeftBehind, resumed),
            json => json.MoveDocument,
            () => run.Terminal.Line(
                $"moved to {(moved.ToDatabase ? "the database" : run.Vault.Path)} and verified, with {moved.AuditEntries} audit entries up to checkpoint {new AuditCheckpoint(moved.AuditEntries, moved.Checkpoint)}"));
        if (moved.ToDatabase)
        {
            run.Terminal.Note($"config.json names the database now; what was here is kept as {string.Join(", ", moved.LeftBehind)}, and nothing opens it");
            run.Terminal.Note("next: 'sanctum daemon start'. Other daemons need the same 'store' in their config.json");
        }
        else
        {
            run.Terminal.Note("the schema in the database is kept, and marked so that no daemon opens it");
            run.Terminal.Note("next: 'sanctum daemon start'");
        }
    }
}
