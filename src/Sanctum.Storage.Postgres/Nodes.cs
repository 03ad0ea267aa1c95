using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>The table of the daemons that have the vault open. It is bounded, whoever writes to it. Tables of an earlier version have none: then nobody is listed.</summary>
internal sealed class Nodes(NpgsqlDataSource source, string schema, int version, int known)
{
    private const string Bound = "DELETE FROM nodes WHERE name <> $1 AND (seen < now() - interval '7 days' OR name NOT IN (SELECT name FROM nodes ORDER BY seen DESC LIMIT 100))";

    private volatile int _version = version;

    /// <summary>The tables' version, as it was when a daemon was last announced.</summary>
    public int Version => _version;

    public async Task<int> AnnounceAsync(StoreNode node, CancellationToken cancellationToken)
    {
        if (!await AreThereAsync(cancellationToken).ConfigureAwait(false))
        {
            return 0;
        }

        await using var put = source.CreateCommand(
            """
            INSERT INTO nodes (name, version, state, position, started) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET version = excluded.version, state = excluded.state, position = excluded.position, started = excluded.started, seen = now()
            """);
        put.Parameters.Add(new NpgsqlParameter<string> { TypedValue = node.Name });
        put.Parameters.Add(new NpgsqlParameter<string> { TypedValue = node.Version });
        put.Parameters.Add(new NpgsqlParameter<string> { TypedValue = node.State });
        put.Parameters.Add(new NpgsqlParameter { Value = node.Position is { } position ? position : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        put.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = node.Started.UtcDateTime });
        _ = await put.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return await RunAsync(Bound, node.Name, cancellationToken).ConfigureAwait(false);
    }

    public async Task<int> WithdrawAsync(string name, CancellationToken cancellationToken) =>
        _version < Schema.WithNodes ? 0 : await RunAsync("DELETE FROM nodes WHERE name = $1", name, cancellationToken).ConfigureAwait(false);

    public async Task<IReadOnlyList<StoreNode>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await AreThereAsync(cancellationToken).ConfigureAwait(false))
        {
            return [];
        }

        await using var command = source.CreateCommand(
            "SELECT name, version, state, position, started, seen, extract(epoch FROM now() - seen)::float8 FROM (SELECT * FROM nodes ORDER BY seen DESC LIMIT 100) AS last ORDER BY name");
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<StoreNode> nodes = [];
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            nodes.Add(new StoreNode(row.GetString(0), row.GetString(1), row.GetString(2), await row.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false) ? null : row.GetInt64(3), row.GetFieldValue<DateTime>(4))
            {
                Seen = row.GetFieldValue<DateTime>(5),
                Silence = TimeSpan.FromSeconds(Math.Clamp(row.GetDouble(6), 0, 1e9)),
            });
        }

        return nodes;
    }

    // Somebody may have upgraded them meanwhile.
    private async Task<bool> AreThereAsync(CancellationToken cancellationToken)
    {
        if (_version < known)
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            _version = await Schema.VersionOfAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        }

        return _version >= Schema.WithNodes;
    }

    private async Task<int> RunAsync(string sql, string name, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // One of the texts above.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
