using System.CommandLine;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Client.Keys;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum backup FILE</c></summary>
internal static class BackupCommand
{
    public static Command Create(Runner runner)
    {
        var file = new Argument<string>("FILE") { Description = "Where to write it" };
        var force = new Option<bool>("--force") { Description = "Replace an existing file" };
        var damaged = new Option<bool>("--damaged") { Description = "Also back up a vault with damaged secrets or audit entries, and list them" };
        return runner.Bind(
            new Command("backup", "Write the whole vault to a file, encrypted, and read it back to check it") { file, force, damaged },
            run => RunAsync(run, Path.GetFullPath(HomeFolder.Expand(run.Get(file))), run.Get(force), run.Get(damaged)));
    }

    private static Task RunAsync(Run run, string file, bool force, bool acceptDamage)
    {
        if (!force && File.Exists(file))
        {
            throw CliErrors.FileExists(file);
        }

        // The passphrase also when a token is at hand: only with it can the backup be read back as a restore would.
        return run.Operators.WithPassphraseAsync(async passphrase =>
        {
            await using var vault = await run.Operators.OpenWithAsync(passphrase, run.Cancelled).ConfigureAwait(false);
            var document = await run.Terminal.WhileAsync("backing up", () => WriteAsync(run, vault, passphrase, file, force, acceptDamage)).ConfigureAwait(false);
            run.Terminal.Warn(document.Damaged);
            run.Terminal.Result(document, json => json.BackupDocument, () => run.Terminal.Line(
                $"backed up to {document.File}: {document.Bytes} bytes, read back {(document.Verified ? "and verified" : "with its damage")}, with {document.Audit.Entries} audit entries"));
            run.Terminal.Note("restoring it requires the vault's current passphrase");
            return true;
        });
    }

    // Under another name until it is whole and checked: what has the backup's name is a backup.
    private static async Task<BackupDocument> WriteAsync(Run run, IOperatorApi vault, byte[] passphrase, string file, bool force, bool acceptDamage)
    {
        var temporary = $"{file}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        try
        {
            long length;
            Audit.AuditVerification whole;
            await using (var stream = new FileStream(temporary, options))
            {
                await vault.BackupAsync(stream, run.Cancelled).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
                length = stream.Length;
                stream.Position = 0;
                whole = await LocalVault.VerifyBackupAsync(stream, passphrase, acceptDamage, run.Cancelled).ConfigureAwait(false);
            }

            File.Move(temporary, file, overwrite: force);
            FolderSync.Of(file);
            return new BackupDocument(file, length, Verified: whole.Damage is [], new AuditVerificationView(whole.Entries, whole.Checkpoint), whole.Damage);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
