using Sanctum.Daemon.Admin;
using Sanctum.Storage;
using Sanctum.Storage.Postgres;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting.Moves;

/// <summary>
/// Does what a move has left to do. Each step can be done twice, and the journal goes last. Where a process is killed, the next one that opens the folder goes on,
/// be it a daemon.
/// </summary>
internal static class Settling
{
    /// <summary>Finishes a move that was decided, and takes back one that was not.</summary>
    /// <returns>The move that was finished; null where there was none, or it was taken back.</returns>
    /// <exception cref="StoreException">Another process has the folder (InUse); the database can't be reached.</exception>
    /// <exception cref="OperatorException">The copy is gone.</exception>
    public static async Task<MoveJournal?> RunAsync(string directory, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Join(directory, MoveJournal.Name)))
        {
            return null;
        }

        var folder = new VaultFolder(directory);
        folder.RequireSafe();
        using var held = FolderLock.Take(folder);
        return MoveJournal.TryRead(directory) is not { } move ? null
            : move.ToDatabase ? await ToDatabaseAsync(folder, move, cancellationToken).ConfigureAwait(false)
            : await ToFolderAsync(folder, move, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<MoveJournal> ToDatabaseAsync(VaultFolder folder, MoveJournal move, CancellationToken cancellationToken)
    {
        var database = VaultStores.WithPassword(move.Store, folder.Path);
        await RequireCopyAsync(database, move, cancellationToken).ConfigureAwait(false);
        StoreSetting.Set(folder, move.Store);
        LeftBehind.Rename(folder, LeftBehind.SuffixOf(move.At));

        // Now that nothing opens here, it opens there.
        await MoveMarks.FinishAsync(database, move.Move, cancellationToken).ConfigureAwait(false);
        MoveJournal.Remove(folder);
        return move;
    }

    private static async Task<MoveJournal?> ToFolderAsync(VaultFolder folder, MoveJournal move, CancellationToken cancellationToken)
    {
        if (folder.HoldsKeyDocument && DaemonConfigFile.Read(folder.Path).Store.Postgres is null)
        {
            MoveJournal.Remove(folder);
            return move;
        }

        var database = VaultStores.WithPassword(move.Store, folder.Path);
        var state = await MoveMarks.StateAsync(database, move.Move, cancellationToken).ConfigureAwait(false);
        if (state == MoveMarks.State.Moved && File.Exists(folder.Database))
        {
            if (!folder.HoldsKeyDocument)
            {
                var document = await MoveMarks.KeyDocumentAsync(database, cancellationToken).ConfigureAwait(false) ?? throw KeyGone();
                new KeyDocumentFile(folder).Write(document);
            }

            StoreSetting.Set(folder, null);
            MoveJournal.Remove(folder);
            return move;
        }

        // It was not decided; or it was, and the copy was given up because nobody knew.
        await MoveMarks.ReturnAsync(database, move.Move, cancellationToken).ConfigureAwait(false);
        if (folder.IsUnfinished)
        {
            folder.Discard();
        }

        MoveJournal.Remove(folder);
        return null;
    }

    private static async Task RequireCopyAsync(string database, MoveJournal move, CancellationToken cancellationToken)
    {
        switch (await MoveMarks.StateAsync(database, move.Move, cancellationToken).ConfigureAwait(false))
        {
            case MoveMarks.State.Arriving:
                return;
            case MoveMarks.State.Finished:
                await using (var store = await PostgresVaultStore.OpenAsync(database, cancellationToken).ConfigureAwait(false))
                await using (var vault = await Vault.OpenAsync(store, cancellationToken: cancellationToken).ConfigureAwait(false))
                {
                    if (vault.Id == move.Vault)
                    {
                        return;
                    }
                }

                throw Gone();
            default:
                throw Gone();
        }
    }

    private static OperatorException KeyGone() => new(
        OperatorErrors.NotFound, "the key document of the vault that was being moved to this folder is not in the database any more", "restore that database, or a backup of the vault");

    private static OperatorException Gone() => new(
        OperatorErrors.NotFound, "the copy of the vault that was being moved from this folder is not in the database any more",
        "restore that database; or, to keep the vault that is still in the folder, see 'sanctum docs scale-out'");
}
