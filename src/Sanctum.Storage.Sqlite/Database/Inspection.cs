using Microsoft.Data.Sqlite;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>Looks a database over before anything is written to it, so that one that is refused stays as it was found.</summary>
internal static class Inspection
{
    /// <returns>The schema's version.</returns>
    public static long Run(VaultFolder folder, Schema schema)
    {
        string[] besides = [folder.Database + "-wal", folder.Database + "-shm"];
        var missing = besides.Where(file => !File.Exists(file)).ToArray();
        try
        {
            LogInspection.Run(folder.Database);
            return Connections.Guard(() => Read(folder.Database, schema));
        }
        catch
        {
            // Reading a database in WAL mode makes these two; both are empty of content when there were none.
            Array.ForEach(missing, File.Delete);
            throw;
        }
    }

    private static long Read(string path, Schema schema)
    {
        // Whoever closes a database last moves the log into it; a connection that may only read does not.
        using var connection = Connections.Open(path, SqliteOpenMode.ReadOnly);
        if (connection.Ask("PRAGMA application_id") is not Schema.ApplicationId)
        {
            throw StoreErrors.Broken("it is not a vault database");
        }

        var version = (long)connection.Ask("PRAGMA user_version")!;
        if (version > schema.Version)
        {
            throw StoreErrors.Newer(version, schema.Version);
        }

        if (version < 1 || !schema.Fits(connection, version))
        {
            throw StoreErrors.Broken("its tables do not match its version");
        }

        return connection.Ask("PRAGMA quick_check(1)") is "ok" ? version : throw StoreErrors.Broken("its pages are inconsistent");
    }
}
