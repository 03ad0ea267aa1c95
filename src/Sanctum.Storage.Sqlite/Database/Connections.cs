using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>How connections to a vault's database are opened, and the few things done with plain SQL.</summary>
internal static class Connections
{
    // Connections are owned one by one (no pooling), so that when a store is disposed its files are closed.
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();

            // Opening has refused triggers and views; these are for one that is added while the vault is open.
            foreach (var feature in (int[])[raw.SQLITE_DBCONFIG_ENABLE_TRIGGER, raw.SQLITE_DBCONFIG_ENABLE_VIEW])
            {
                _ = raw.sqlite3_db_config(connection.Handle!, feature, 0, out _);
            }

            // The file is not trusted: its schema may call nothing with a side effect, and cells are checked before they are used.
            connection.Run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 1000; PRAGMA temp_store = MEMORY;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static void Run(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Guarded(connection, command.ExecuteNonQuery);
    }

    public static object? Ask(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Guarded(connection, command.ExecuteScalar);
    }

    // Here and not only in Guard: the connection knows what the system said, and SQLite's code does not tell a file that may not grow from a broken disk.
    private static T Guarded<T>(SqliteConnection connection, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error)
        {
            throw StoreErrors.From(error.SqliteExtendedErrorCode, error, Native.SystemError(connection.Handle!));
        }
    }

    /// <summary>Turns SQLite's errors into the store's.</summary>
    public static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error)
        {
            throw StoreErrors.From(error.SqliteExtendedErrorCode, error);
        }
    }
}
