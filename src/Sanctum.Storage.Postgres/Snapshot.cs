using System.Data;
using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>A read-only transaction of its own, REPEATABLE READ: all that it reads is of one moment. Rows are fetched in portions, so that who stops early has not paid for the rest.</summary>
internal sealed class Snapshot : IStoreSnapshot
{
    private const int Portion = 256;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private int _cursors;

    private Snapshot(NpgsqlConnection connection, NpgsqlTransaction transaction, long commit) => (_connection, _transaction, Commit) = (connection, transaction, commit);

    /// <inheritdoc/>
    public long Commit { get; }

    public static async Task<Snapshot> TakeAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);

            // The moment is that of the first statement that reads.
            await using var first = new NpgsqlCommand("SET TRANSACTION READ ONLY; SELECT commits FROM fence", connection, transaction);
            return await first.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long commit
                ? new Snapshot(connection, transaction, commit)
                : throw new StoreException(StoreFailure.Damaged, "the vault's tables are damaged: the fence is gone");
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public IAsyncEnumerable<StoredRecord> ReadRecordsAsync(CancellationToken cancellationToken = default) => RowsAsync(Rows.Records, null, Rows.Record, cancellationToken);

    public IAsyncEnumerable<StoredSegment> ReadLogAsync(long fromSequence = 1, CancellationToken cancellationToken = default) =>
        fromSequence == long.MinValue
            ? RowsAsync($"{Rows.Log} ORDER BY first_sequence", null, Rows.Segment, cancellationToken)
            : RowsAsync(
                $"{Rows.Log} WHERE first_sequence >= coalesce((SELECT max(first_sequence) FROM log WHERE first_sequence <= $1), $1) AND first_sequence::numeric + count > $1 ORDER BY first_sequence",
                fromSequence,
                Rows.Segment,
                cancellationToken);

    public IAsyncEnumerable<StoredSegment> ReadLogBackwardsAsync(CancellationToken cancellationToken = default) =>
        RowsAsync($"{Rows.Log} ORDER BY first_sequence DESC", null, Rows.Segment, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async IAsyncEnumerable<T> RowsAsync<T>(string query, long? from, Func<NpgsqlDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = string.Create(CultureInfo.InvariantCulture, $"rows_{_cursors++}");
        await StoreCalls.RunAsync(() => RunAsync($"DECLARE {cursor} NO SCROLL CURSOR FOR {query}", from, cancellationToken)).ConfigureAwait(false);
        while (true)
        {
            var rows = await StoreCalls.RunAsync(() => FetchAsync(cursor, read, cancellationToken)).ConfigureAwait(false);
            foreach (var row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return row;
            }

            if (rows.Count < Portion)
            {
                await StoreCalls.RunAsync(() => RunAsync($"CLOSE {cursor}", null, cancellationToken)).ConfigureAwait(false);
                yield break;
            }
        }
    }

#pragma warning disable CA2100 // All of it is this program's own.
    private async Task<bool> RunAsync(string text, long? from, CancellationToken cancellationToken)
    {
        // DECLARE takes no parameters.
        await using var command = new NpgsqlCommand(text.Replace("$1", (from ?? 0).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), _connection, _transaction);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<List<T>> FetchAsync<T>(string cursor, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"FETCH {Portion} FROM {cursor}"), _connection, _transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
#pragma warning restore CA2100
}
