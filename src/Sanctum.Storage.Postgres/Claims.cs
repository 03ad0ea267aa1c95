using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// What keeps programs and tables together that know each other. The connection by which a program writes holds an advisory lock, shared, on the version that it knows.
/// It looks at the tables' version when it has the lock. Whoever upgrades takes the locks of all earlier versions for itself. So a program never writes to tables that it does not know,
/// and tables are not upgraded under one.
/// </summary>
internal static class Claims
{
    /// <summary>Takes it for as long as the connection lasts. Waits while somebody upgrades.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, string schema, int known, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock_shared($1, $2)", connection) { Parameters = { Of(Class(schema)), Of(known) } };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps all programs away that know less than a version, until the transaction ends. Waits for somebody else who does.</summary>
    /// <returns>False where one of them is there.</returns>
    public static async Task<bool> TryKeepAwayAsync(NpgsqlConnection connection, string schema, int version, CancellationToken cancellationToken)
    {
        await using var turn = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1, 0)", connection) { Parameters = { Of(Class(schema)) } };
        await turn.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("SELECT bool_and(pg_try_advisory_xact_lock($1, known)) FROM generate_series(1, $2 - 1) AS known", connection) { Parameters = { Of(Class(schema)), Of(version) } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>From where those are connected that know less than a version: an address or <c>this machine</c>, each once, at most ten.</summary>
    public static async Task<IReadOnlyList<string>> EarlierAsync(NpgsqlConnection connection, string schema, int version, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT DISTINCT coalesce(host(a.client_addr), 'this machine')
            FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND l.classid = $1 AND l.objid < $2::oid AND l.objsubid = 2 AND l.granted AND l.pid <> pg_backend_pid()
            ORDER BY 1 LIMIT 10
            """,
            connection)
        {
            Parameters = { new NpgsqlParameter { Value = (uint)Class(schema), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid }, Of(version) },
        };
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<string> from = [];
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            from.Add(row.GetString(0));
        }

        return from;
    }

    // Locks are of the whole database, in which other vaults can lie.
    private static int Class(string schema) => BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"sanctum vault in {schema}")));

    private static NpgsqlParameter<int> Of(int value) => new() { TypedValue = value };
}
