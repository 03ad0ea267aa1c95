using System.Buffers.Binary;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Reads what was committed after a commit that is known.</summary>
internal static class Changes
{
    private const string Fence = "SELECT commits, batch, forgotten FROM fence";

    /// <summary>Begins a transaction that has the head to itself, READ COMMITTED: each statement after the lock sees all that was committed before it.</summary>
    public static readonly string[] Locked = ["BEGIN ISOLATION LEVEL READ COMMITTED", $"{Fence} FOR UPDATE"];

    // Reads at one moment, REPEATABLE READ, without a lock.
    private static readonly string[] Unlocked = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Fence];

    // In two parts, so that each can use an index: who knows less than was forgotten reads the other part too.
    private const string After = $"""
        {Rows.Records} WHERE commit > $1 AND collection <> 0
        UNION ALL {Rows.Records} WHERE commit <= $1 AND $1 < (SELECT forgotten FROM fence) AND collection <> 0
        """;

    /// <param name="connection">An open one; the transaction stays open.</param>
    /// <param name="beginning">With the head to itself, or without a lock.</param>
    /// <param name="since">What is known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<(StoreChanges Changes, Guid Batch)> ReadAsync(NpgsqlConnection connection, string[] beginning, StorePosition since, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var text in beginning)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(text));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand($"{Rows.Records} WHERE collection = 0"));
        batch.BatchCommands.Add(Command(After, since.Commit));
        batch.BatchCommands.Add(Command("SELECT collection, id FROM gone WHERE commit > $1", since.Commit));
        batch.BatchCommands.Add(Command($"{Rows.Log} WHERE first_sequence > $1 ORDER BY first_sequence", since.Entries));
        await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new StoreException(StoreFailure.Damaged, "the vault's tables are damaged: the fence is gone");
        }

        var (commit, last, forgotten) = (reader.GetInt64(0), reader.GetGuid(1), reader.GetInt64(2));
        var head = await RowsAsync(reader, Rows.Record, cancellationToken).ConfigureAwait(false);
        var records = await RowsAsync(reader, Rows.Record, cancellationToken).ConfigureAwait(false);
        var gone = await RowsAsync(reader, Key, cancellationToken).ConfigureAwait(false);
        var segments = await RowsAsync(reader, Rows.Segment, cancellationToken).ConfigureAwait(false);
        return (new StoreChanges(commit, head is [var only, ..] ? only : null, gone, records, segments) { AreAll = since.Commit < forgotten }, last);
    }

    /// <summary>Reads by a connection of its own: the one that writes may be waiting.</summary>
    public static async Task<StoreChanges> ReadAsync(NpgsqlDataSource source, StorePosition since, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var (changes, _) = await ReadAsync(connection, Unlocked, since, cancellationToken).ConfigureAwait(false);
        await using var end = new NpgsqlCommand("ROLLBACK", connection);
        await end.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return changes;
    }

    private static async Task<List<T>> RowsAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static RecordKey Key(NpgsqlDataReader row) => new((byte)row.GetInt16(0), BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(1)));

    private static NpgsqlBatchCommand Command(string text, long parameter) => new(text) { Parameters = { new NpgsqlParameter<long> { TypedValue = parameter } } };
}
