using System.Data;
using System.Globalization;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>
/// The marks of a move in the database. Each is set, or taken away, in one transaction that looks first. A vault that has left loses its fence too, so that a daemon that
/// has it open still can commit nothing more; it is renamed, not removed.
/// </summary>
internal static class MoveMarks
{
    private const string Fence = "fence", MovedFence = "fence_moved";

    /// <summary>How a schema looks to a move.</summary>
    public enum State
    {
        /// <summary>No vault, or one that was never finished.</summary>
        Nothing,

        /// <summary>A vault that opens.</summary>
        Finished,

        /// <summary>This move's copy; it does not open yet.</summary>
        Arriving,

        /// <summary>This move took it away.</summary>
        Moved,

        /// <summary>Another move's mark.</summary>
        Other,
    }

    /// <summary>Gives way for a vault that arrives: the copy that an interrupted move of the same vault left counts as unfinished again. What is anything else is not touched.</summary>
    public static Task PrepareAsync(string connectionString, Guid vault, CancellationToken cancellationToken) => InsideAsync(connectionString, async (connection, schema) =>
    {
        await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        if (await MarkAsync(connection, schema, cancellationToken).ConfigureAwait(false) is { } mark && mark.Vault == vault)
        {
            await RunAsync(connection, "DELETE FROM key_document", cancellationToken).ConfigureAwait(false);
            await CommentAsync(connection, schema, Schema.CommentOf(mark.Version), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }, cancellationToken);

    /// <summary>Puts the key document to a copy that is whole. It does not open before <see cref="FinishAsync"/>.</summary>
    /// <exception cref="StoreException">There is no unfinished vault there any more. Exists.</exception>
    public static Task ArriveAsync(string connectionString, Guid move, Guid vault, ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken) => InsideAsync(connectionString, async (connection, schema) =>
    {
        await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        var version = await Schema.VersionOfAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        await using var put = new NpgsqlCommand("INSERT INTO key_document VALUES (true, $1) ON CONFLICT (one) DO NOTHING", connection);
        put.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = keyDocument.ToArray() });
        if (await put.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) != 1)
        {
            throw StoreErrors.AlreadyThere(schema);
        }

        await CommentAsync(connection, schema, new MoveMark(move, vault, "", "", version).ToString(), cancellationToken).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    /// <summary>Whether there is what a move left. Waits for a transaction of that move which is still under way.</summary>
    public static Task<State> StateAsync(string connectionString, Guid move, CancellationToken cancellationToken) =>
        InsideAsync(connectionString, (connection, schema) => StateAsync(connection, schema, move, cancellationToken), cancellationToken);

    /// <summary>Has the copy of this move open from now on. Does nothing where it does already.</summary>
    public static Task FinishAsync(string connectionString, Guid move, CancellationToken cancellationToken) => InsideAsync(connectionString, async (connection, schema) =>
    {
        if (await StateAsync(connection, schema, move, cancellationToken).ConfigureAwait(false) == State.Arriving)
        {
            var mark = await MarkAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            await CommentAsync(connection, schema, Schema.CommentOf(mark!.Version), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }, cancellationToken);

    /// <summary>Marks the vault as moved away, if nobody has committed since it was copied. Who has it open can't commit any more either.</summary>
    /// <param name="connectionString">As for <see cref="PostgresVaultStore.OpenAsync"/>.</param>
    /// <param name="move">Which move.</param>
    /// <param name="commit">The number of the commit that was copied.</param>
    /// <param name="at">When.</param>
    /// <param name="to">The name of the daemon that it goes to.</param>
    /// <param name="cancellationToken">Gives up before anything is marked.</param>
    /// <exception cref="StoreException">Somebody has: Conflict. Or it could not be marked.</exception>
    public static Task LeaveAsync(string connectionString, Guid move, long commit, DateTimeOffset at, string to, CancellationToken cancellationToken) => InsideAsync(connectionString, async (connection, schema) =>
    {
        await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var read = new NpgsqlCommand($"SELECT commits FROM {Fence} FOR UPDATE", connection);
        if (await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not long commits || commits != commit)
        {
            throw StoreErrors.WrittenMeanwhile();
        }

        var version = await Schema.VersionOfAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, $"ALTER TABLE {Fence} RENAME TO {MovedFence}", cancellationToken).ConfigureAwait(false);
        await CommentAsync(connection, schema, MoveMark.Left(move, at, to, version).ToString(), cancellationToken).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    /// <summary>Takes the mark of a move away, whose copy is not there: the vault opens here again.</summary>
    public static Task ReturnAsync(string connectionString, Guid move, CancellationToken cancellationToken) => InsideAsync(connectionString, async (connection, schema) =>
    {
        await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        if (await MarkAsync(connection, schema, cancellationToken).ConfigureAwait(false) is { Vault: null } mark && mark.Move == move)
        {
            await RunAsync(connection, $"ALTER TABLE {MovedFence} RENAME TO {Fence}", cancellationToken).ConfigureAwait(false);
            await CommentAsync(connection, schema, Schema.CommentOf(mark.Version), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }, cancellationToken);

    /// <summary>The key document of a vault that this move took away.</summary>
    public static Task<byte[]?> KeyDocumentAsync(string connectionString, CancellationToken cancellationToken) => InsideAsync(connectionString, async (connection, _) =>
    {
        await using var read = new NpgsqlCommand("SELECT data FROM key_document", connection);
        return (byte[]?)await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    private static async Task<State> StateAsync(NpgsqlConnection connection, string schema, Guid move, CancellationToken cancellationToken)
    {
        await LockAsync(connection, cancellationToken).ConfigureAwait(false);
        if (await MarkAsync(connection, schema, cancellationToken).ConfigureAwait(false) is { } mark)
        {
            return mark.Move != move ? State.Other : mark.Vault is null ? State.Moved : State.Arriving;
        }

        if (await Schema.VersionOfAsync(connection, schema, cancellationToken).ConfigureAwait(false) == 0)
        {
            return State.Nothing;
        }

        await using var finished = new NpgsqlCommand("SELECT EXISTS (SELECT FROM key_document)", connection);
        return (bool)(await finished.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! ? State.Finished : State.Nothing;
    }

    /// <summary>Until the transaction ends: one move or upgrade at a time, and one whose process is gone is waited for.</summary>
    internal static Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        RunAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended('sanctum move ' || current_schema(), 0))", cancellationToken);

    private static async Task<MoveMark?> MarkAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var read = new NpgsqlCommand("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1", connection);
        read.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        return await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string comment ? MoveMark.TryRead(comment) : null;
    }

    private static async Task CommentAsync(NpgsqlConnection connection, string schema, string comment, CancellationToken cancellationToken)
    {
        await using var quote = new NpgsqlCommand("SELECT format('COMMENT ON SCHEMA %I IS %L', $1, $2)", connection);
        quote.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        quote.Parameters.Add(new NpgsqlParameter<string> { TypedValue = comment });
        await RunAsync(connection, (string)(await quote.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Each is this program's own; the comment's was quoted by the database.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    // READ COMMITTED: what is read after the lock is what whoever had it before has left.
    private static Task<T> InsideAsync<T>(string connectionString, Func<NpgsqlConnection, string, Task<T>> work, CancellationToken cancellationToken) => StoreCalls.RunAsync(async () =>
    {
        var settings = new Settings(connectionString);
        await using var source = settings.Open();
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, $"SET LOCAL lock_timeout TO '10s'; SELECT set_config('synchronous_commit', {WritingConnection.Synchronous}, true)", cancellationToken).ConfigureAwait(false);
        var result = await work(connection, settings.Schema).ConfigureAwait(false);
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false); // Given up while it waits for a standby, it would be reported as done.
        return result;
    });
}
