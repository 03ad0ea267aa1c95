using Microsoft.Data.Sqlite;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>Keeps the database as it was before an upgrade, page by page and still encrypted, beside it.</summary>
internal static class Backup
{
    public static string NameFor(long version) => $"{VaultFolder.DatabaseName}.v{version}.backup";

    public static void Make(VaultFolder folder, SqliteConnection source, long version)
    {
        var (unfinished, finished) = (folder[NameFor(version) + ".tmp"], folder[NameFor(version)]);
        try
        {
            File.Delete(unfinished);
            using (var file = new FileStream(unfinished, VaultFolder.Born(FileMode.CreateNew, FileShare.ReadWrite)))
            {
                using (var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = unfinished, Pooling = false }.ToString()))
                {
                    target.Open();
                    source.BackupDatabase(target);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, finished, overwrite: true);
            folder.Sync();
        }
        catch (IOException error)
        {
            throw StoreErrors.From(error, NameFor(version));
        }
    }
}
