using System.Runtime.InteropServices;
using SQLitePCL;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>What SQLite offers and its .NET binding does not.</summary>
internal static partial class Native
{
    /// <summary>The system's error behind the last input or output error of a connection.</summary>
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_system_errno")]
    public static partial int SystemError(sqlite3 connection);
}
