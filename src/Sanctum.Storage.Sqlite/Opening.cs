using Microsoft.Data.Sqlite;
using Sanctum.Storage.Sqlite.Database;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Storage.Sqlite;

/// <summary>The ways into a folder: look, lock, look again, and only then write.</summary>
internal static class Opening
{
    public delegate SqliteVaultStore Assemble(VaultFolder folder, FolderLock folderLock, SqliteConnection connection, StoreTuning tuning);

    public static SqliteVaultStore Create(VaultFolder folder, StoreTuning tuning, Assemble assemble)
    {
        folder.Make();
        folder.RequireSafe();
        RequireNothing(folder);
        return Locked(folder, folderLock =>
        {
            RequireNothing(folder);
            folder.Begin();
            try
            {
                folder.RemoveDatabase(); // What an interrupted try left. Without a key document, nobody ever had a key to it.
                new KeyDocumentFile(folder).RemoveTemporary();
                return assemble(folder, folderLock, MakeDatabase(folder, tuning), tuning);
            }
            catch
            {
                folder.Discard();
                throw;
            }
        });
    }

    public static SqliteVaultStore Open(VaultFolder folder, StoreTuning tuning, Assemble assemble)
    {
        folder.RequireSafe();
        if (folder.AnythingOfAVault() is null)
        {
            throw LeftBehind.IsIn(folder.Path) ? StoreErrors.Moved() : StoreErrors.Nothing(); // Before the lock, which would leave a file behind.
        }

        if (folder.IsUnfinished)
        {
            throw StoreErrors.Unfinished();
        }

        return Locked(folder, folderLock =>
        {
            folder.RequireSafe();
            folder.RequireWhole();
            var schema = new Schema(tuning.Migrations);
            var version = Inspection.Run(folder, schema);
            var store = assemble(folder, folderLock, Connections.Guard(() => Upgraded(folder, tuning, schema, version)), tuning);
            new KeyDocumentFile(folder).RemoveTemporary();
            folder.Finish();
            return store;
        });
    }

    private static SqliteVaultStore Locked(VaultFolder folder, Func<FolderLock, SqliteVaultStore> open)
    {
        var folderLock = FolderLock.Take(folder);
        try
        {
            var store = open(folderLock);
            folderLock.Sign();
            return store;
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    private static void RequireNothing(VaultFolder folder)
    {
        if (!folder.IsUnfinished && folder.AnythingOfAVault() is { } found)
        {
            throw folder.HoldsKeyDocument ? StoreErrors.AlreadyThere(found) : StoreErrors.Remains([.. folder.DatabaseFiles]);
        }
    }

    private static SqliteConnection MakeDatabase(VaultFolder folder, StoreTuning tuning)
    {
        // SQLite would make the file 0644; its log and index take their mode from it.
        new FileStream(folder.Database, VaultFolder.Born(FileMode.CreateNew)).Dispose();
        var connection = Connections.Guard(() => Upgraded(folder, tuning, new Schema(tuning.Migrations), version: 0));
        folder.Sync();
        return connection;
    }

    private static SqliteConnection Upgraded(VaultFolder folder, StoreTuning tuning, Schema schema, long version)
    {
        var connection = Writer.Open(folder.Database, tuning);
        try
        {
            if (version < schema.Version)
            {
                if (version > 0)
                {
                    Backup.Make(folder, connection, version);
                }

                schema.Upgrade(connection, version);

                // So that the marks are in the database's own header, where any version looks for them.
                connection.Run("PRAGMA wal_checkpoint(TRUNCATE)");
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
