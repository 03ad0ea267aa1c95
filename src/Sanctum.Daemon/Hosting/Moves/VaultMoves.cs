using Npgsql;
using Sanctum.Daemon.Admin;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Storage.Postgres;
using Sanctum.Storage.Sqlite;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting.Moves;

/// <summary>How a move went.</summary>
/// <param name="ToDatabase">Whether the vault is in the database now; otherwise in the folder.</param>
/// <param name="AuditEntries">How many entries its log has, the one of the move included.</param>
/// <param name="Checkpoint">The last one's MAC, 64 hex digits.</param>
/// <param name="LeftBehind">The files that are left in the folder; none where the vault came from the database, whose schema is left.</param>
public sealed record MovedVault(bool ToDatabase, long AuditEntries, string Checkpoint, IReadOnlyList<string> LeftBehind);

/// <summary>
/// Moves a folder's vault to a PostgreSQL database, and back: copy, verify, mark the source. At the mark the vault changes its place, all at once: before it, it opens where it was,
/// after it, where it went. The source stays as it was, under a mark that nothing opens.
/// </summary>
public static class VaultMoves
{
    private const string Folder = "folder", Database = "postgres";

    /// <summary>Does what an interrupted move has left to do.</summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="cancellationToken">Gives up between two steps.</param>
    /// <returns>The move that was finished; null where there was none, or it had not got far enough and was taken back.</returns>
    /// <exception cref="StoreException">Another process has the folder, or the database can't be reached.</exception>
    /// <exception cref="OperatorException">The configuration can't be used, or the copy is gone.</exception>
    public static async Task<MovedVault?> ResumeAsync(string directory, CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(directory);
        return await Settling.RunAsync(path, cancellationToken).ConfigureAwait(false) is { } move ? ResultOf(path, move) : null;
    }

    /// <summary>Moves the vault from the folder to a database.</summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="connectionString">The database, as Npgsql has it, without a password.</param>
    /// <param name="passwordFile">A file with nothing but the password; null for none.</param>
    /// <param name="passphrase">The vault's; the caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up before the vault changes its place.</param>
    /// <exception cref="StoreException">A store refused or failed; the vault was not moved, or the message says that the move is decided and not finished.</exception>
    /// <exception cref="OperatorException">The database can't be used.</exception>
    /// <exception cref="VaultException">It is not the passphrase, or something is damaged.</exception>
    public static async Task<MovedVault> ToDatabaseAsync(
        string directory, string connectionString, string? passwordFile, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(directory);
        var store = new StoreConfig { Postgres = connectionString, PasswordFile = passwordFile is null ? null : Path.GetFullPath(HomeFolder.Expand(passwordFile)) };
        RequireUsable(connectionString);
        var database = VaultStores.WithPassword(store, path);
        MoveJournal move;
        await using (var source = await SqliteVaultStore.OpenAsync(path, cancellationToken).ConfigureAwait(false))
        {
            _ = DaemonConfigFile.Read(path); // Before anything is copied in vain: 'store' is written to it.
            PostgresVaultStore? copy = null;
            try
            {
                var copied = await Vault.CopyAsync(source, async vault =>
                {
                    await MoveMarks.PrepareAsync(database, vault, cancellationToken).ConfigureAwait(false);
                    return copy = await PostgresVaultStore.CreateAsync(database, cancellationToken).ConfigureAwait(false);
                }, passphrase, Folder, Database, cancellationToken: cancellationToken).ConfigureAwait(false);
                move = JournalOf(copied, store, toDatabase: true);
                await MoveMarks.ArriveAsync(database, move.Move, move.Vault, copied.KeyDocument, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                move.Write(new VaultFolder(path)); // From here on it is there.
            }
            finally
            {
                if (copy is not null)
                {
                    await copy.DisposeAsync().ConfigureAwait(false);
                }
            }
        }

        await FinishAsync(path).ConfigureAwait(false);
        return ResultOf(path, move);
    }

    /// <summary>Moves the vault from the database that <c>config.json</c> names to the folder.</summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="passphrase">The vault's; the caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up before the vault changes its place.</param>
    /// <exception cref="StoreException">A store refused or failed; the vault was not moved, or the message says that the move is decided and not finished.</exception>
    /// <exception cref="OperatorException">Other daemons serve the vault; the configuration can't be used.</exception>
    /// <exception cref="VaultException">It is not the passphrase, or something is damaged.</exception>
    public static async Task<MovedVault> ToFolderAsync(string directory, ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken = default)
    {
        var path = Path.GetFullPath(directory);
        var config = DaemonConfigFile.Read(path);
        var (store, name) = (config.Store, Nodes.NameOf(config, path));
        var database = VaultStores.WithPassword(store, path);
        MoveJournal move;
        await using (var copy = await SqliteVaultStore.CreateAsync(path, cancellationToken).ConfigureAwait(false))
        await using (var source = await PostgresVaultStore.OpenAsync(database, cancellationToken).ConfigureAwait(false))
        {
            await OtherDaemons.RequireNoneAsync(source, name, cancellationToken).ConfigureAwait(false);
            var copied = await Vault.CopyAsync(source, _ => Task.FromResult<IVaultStore>(copy), passphrase, Database, Folder, cancellationToken: cancellationToken).ConfigureAwait(false);
            await OtherDaemons.RequireNoneAsync(source, name, cancellationToken).ConfigureAwait(false);
            move = JournalOf(copied, store, toDatabase: false);
            move.Write(new VaultFolder(path));
            await LeaveAsync(database, path, move, copied.Commit, name, cancellationToken).ConfigureAwait(false); // From here on it is here.
            await copy.WriteKeyDocumentAsync(copied.KeyDocument, CancellationToken.None).ConfigureAwait(false);
        }

        await FinishAsync(path).ConfigureAwait(false);
        return ResultOf(path, move);
    }

    private static async Task FinishAsync(string path)
    {
        try
        {
            _ = await Settling.RunAsync(path, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException held) when (held.Reason == StoreFailure.InUse)
        {
            // Whoever has the folder by now finished the move before anything else.
        }
        catch (StoreException failed)
        {
            throw new StoreException(failed.Reason, $"{failed.Message}. The move is decided, and not finished: start the daemon, or run 'sanctum vault move' again", failed);
        }
    }

    private static async Task LeaveAsync(string database, string path, MoveJournal move, long commit, string name, CancellationToken cancellationToken)
    {
        try
        {
            await MoveMarks.LeaveAsync(database, move.Move, commit, move.At, name, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException written) when (written.Reason == StoreFailure.Conflict)
        {
            MoveJournal.Remove(new VaultFolder(path));
            throw;
        }
        catch (StoreException failed)
        {
            // The journal stays: whoever opens the folder next finds out, and with the copy given up the vault goes on in the database.
            throw new StoreException(failed.Reason, $"{failed.Message}. The vault was not moved: start the daemon, or run 'sanctum vault move' again", failed);
        }
    }

    private static void RequireUsable(string connectionString)
    {
        try
        {
            if (new NpgsqlConnectionStringBuilder(connectionString).Password is not null)
            {
                throw new OperatorException(OperatorErrors.InvalidConfig, "'--to' has a password in it, which other programs can see", "write the password to a file of your own, change it if others can have seen it, and name the file with --password-file");
            }
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new OperatorException(
                OperatorErrors.InvalidConfig, "'--to' is no connection string", "it looks like 'Host=db.example;Database=vault;Username=vault;SSL Mode=VerifyFull'; or it is the word folder", malformed);
        }
    }

    private static MoveJournal JournalOf(VaultCopy copied, StoreConfig store, bool toDatabase) => new()
    {
        Move = Guid.NewGuid(),
        Vault = copied.Vault,
        At = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()),
        ToDatabase = toDatabase,
        Store = store,
        Entries = copied.Copied.Entries,
        Checkpoint = copied.Copied.Checkpoint,
    };

    private static MovedVault ResultOf(string directory, MoveJournal move) => new(
        move.ToDatabase, move.Entries, move.Checkpoint, move.ToDatabase ? LeftBehind.Names(directory, LeftBehind.SuffixOf(move.At)) : []);
}
