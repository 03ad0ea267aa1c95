using System.Globalization;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// The tables, made in numbered steps: the files <c>Migrations/NNNN_what.sql</c>. Once released, none is changed. The schema's comment says which of them it has,
/// and that it is a vault's.
/// </summary>
internal static class Schema
{
    private const string Mark = "sanctum vault, version ";

    private static readonly (int Version, string Sql)[] Steps = Load();

    // Of each table, and of what a later step added to it, a column.
    private static readonly (int Version, string Column)[] Parts =
    [
        (1, "records.data"), (1, "log.data"), (1, "key_document.data"), (1, "fence.commits"), (2, "records.commit"), (2, "gone.commit"), (2, "fence.forgotten"), (3, "nodes.name"),
    ];

    /// <summary>The earliest version that this program serves without an upgrade.</summary>
    public const int Oldest = 2;

    /// <summary>The version that has the table of daemons.</summary>
    public const int WithNodes = 3;

    /// <summary>The last step that this program knows.</summary>
    public static int Known => Steps[^1].Version;

    /// <summary>The version that a schema has.</summary>
    /// <returns>0 where there is none, or an empty one.</returns>
    /// <exception cref="StoreException">It holds something else. Unsafe.</exception>
    public static async Task<int> VersionOfAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT obj_description(n.oid, 'pg_namespace'), EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)
            FROM pg_namespace n WHERE n.nspname = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return 0;
        }

        var comment = await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? "" : reader.GetString(0);
        if (MoveMark.TryRead(comment) is { } mark)
        {
            throw mark.Refusal(schema);
        }

        return comment.StartsWith(Mark, StringComparison.Ordinal) && int.TryParse(comment.AsSpan(Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version
            : reader.GetBoolean(1) ? throw StoreErrors.Foreign(schema) : 0;
    }

    /// <summary>Refuses tables of which a restore, or somebody, has left a part.</summary>
    /// <exception cref="StoreException">Something is missing that this version has. Damaged.</exception>
    public static async Task RequireWholeAsync(NpgsqlConnection connection, string schema, int version, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT wanted FROM unnest($2::text[]) AS wanted WHERE NOT EXISTS (
                SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE n.nspname = $1 AND c.relkind = 'r' AND NOT a.attisdropped AND c.relname || '.' || a.attname = wanted)
            LIMIT 1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. Parts.Where(part => part.Version <= version).Select(part => part.Column)] });
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string missing)
        {
            throw StoreErrors.Incomplete(schema, missing, version);
        }
    }

    /// <summary>Takes the steps that are missing, all of them or none, in the transaction that the connection has open.</summary>
    public static async Task UpgradeAsync(NpgsqlConnection connection, string schema, int from, int to, CancellationToken cancellationToken)
    {
        var name = Quoted(schema);
        var steps = string.Concat(Steps.Where(step => step.Version > from && step.Version <= to).Select(step => step.Sql));
        var comment = string.Create(CultureInfo.InvariantCulture, $"COMMENT ON SCHEMA {name} IS '{Mark}{to}'");
#pragma warning disable CA2100 // The schema's name is quoted, and everything else is this program's own.
        await using var command = new NpgsqlCommand($"CREATE SCHEMA IF NOT EXISTS {name}; SET LOCAL search_path TO {name}; SET LOCAL lock_timeout TO '10s'; {steps} {comment}", connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The comment of a vault's schema.</summary>
    public static string CommentOf(int version) => string.Create(CultureInfo.InvariantCulture, $"{Mark}{version}");

    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static (int Version, string Sql)[] Load()
    {
        var assembly = typeof(Schema).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return (int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), reader.ReadToEnd());
            })];
    }
}
