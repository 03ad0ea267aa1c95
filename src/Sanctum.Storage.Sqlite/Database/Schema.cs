using Microsoft.Data.Sqlite;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>The schema's versions: bringing a database up to date, and telling whether one is what it says.</summary>
internal sealed class Schema(IReadOnlyList<Migration> migrations)
{
    /// <summary>"Snct": marks the file as ours, for us and for file(1).</summary>
    public const long ApplicationId = 0x536E6374;

    public int Version => migrations[^1].Version;

    /// <summary>Runs the steps that a database lacks, all or none of them.</summary>
    public void Upgrade(SqliteConnection connection, long from) => Apply(connection, migrations.Where(step => step.Version > from));

    /// <summary>
    /// Whether the database has just what its version makes. Whoever could write to the file could have added a trigger, which would run
    /// with every commit of ours.
    /// </summary>
    public bool Fits(SqliteConnection connection, long version)
    {
        using var reference = new SqliteConnection("Data Source=:memory:;Pooling=False");
        reference.Open();
        Apply(reference, migrations.Where(step => step.Version <= version));
        return Describe(connection).SequenceEqual(Describe(reference));
    }

    private static void Apply(SqliteConnection connection, IEnumerable<Migration> steps)
    {
        // Whoever can't go on closes the connection, and with it the transaction.
        connection.Run("BEGIN");
        foreach (var step in steps)
        {
            // Both marks are in the database's header, and so belong to the transaction.
            connection.Run($"{step.Sql}\nPRAGMA application_id = {ApplicationId}; PRAGMA user_version = {step.Version};");
        }

        connection.Run("COMMIT");
    }

    private static List<string> Describe(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT printf('%s %s %s %s', type, name, tbl_name, sql) FROM sqlite_schema ORDER BY 1";
        using var reader = command.ExecuteReader();
        var objects = new List<string>();
        while (reader.Read())
        {
            objects.Add(reader.GetString(0));
        }

        return objects;
    }
}
