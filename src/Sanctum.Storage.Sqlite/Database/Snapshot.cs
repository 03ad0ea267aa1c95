using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>
/// A read transaction on a connection of its own. While it lasts, the write-ahead log can't be reused; a writer that finds the log
/// too long gives snapshots up, so each row is read under a lock.
/// </summary>
internal sealed class Snapshot : IStoreSnapshot
{
    private readonly Lock _using = new();
    private readonly SqliteConnection _connection;
    private readonly List<Statement> _open = [];
    private readonly Action<Snapshot> _closing;
    private bool _closed, _givenUp;

    public Snapshot(string path, Action<Snapshot> closing)
    {
        _closing = closing;
        _connection = Connections.Open(path, SqliteOpenMode.ReadOnly);

        // A transaction starts with its first read, not with BEGIN.
        _connection.Run("BEGIN; SELECT 1 FROM log LIMIT 1;");
    }

    public IAsyncEnumerable<StoredRecord> ReadRecordsAsync(CancellationToken cancellationToken = default) => RowsAsync(
        "SELECT collection, id, revision, data FROM records",
        static _ => { },
        static row => new StoredRecord(row.Key(0), row.Integer(2), row.Blob(3)),
        cancellationToken);

    public IAsyncEnumerable<StoredSegment> ReadLogAsync(long fromSequence = 1, CancellationToken cancellationToken = default) =>
        fromSequence == long.MinValue
            ? RowsAsync("SELECT first_sequence, count, data FROM log ORDER BY first_sequence", static _ => { }, Segment, cancellationToken)
            : RowsAsync(
                """
                SELECT first_sequence, count, data FROM log
                WHERE first_sequence >= ifnull((SELECT max(first_sequence) FROM log WHERE first_sequence <= ?1), ?1) AND first_sequence + count > ?1
                ORDER BY first_sequence
                """,
                query => query.Bind(1, fromSequence),
                Segment,
                cancellationToken);

    public IAsyncEnumerable<StoredSegment> ReadLogBackwardsAsync(CancellationToken cancellationToken = default) => RowsAsync(
        "SELECT first_sequence, count, data FROM log ORDER BY first_sequence DESC",
        static _ => { },
        Segment,
        cancellationToken);

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    public void Close() => Close(givenUp: false);

    public void GiveUp() => Close(givenUp: true);

    private static StoredSegment Segment(Statement row) => new(row.Integer(0), row.Count(1), row.Blob(2));

#pragma warning disable CS1998 // SQLite has nothing to wait for but the disk.
    private async IAsyncEnumerable<T> RowsAsync<T>(
        string sql, Action<Statement> bind, Func<Statement, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
#pragma warning restore CS1998
    {
        var query = Start(sql, bind);
        try
        {
            while (TryNext(query, read, out var row))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return row;
            }
        }
        finally
        {
            End(query);
        }
    }

    private Statement Start(string sql, Action<Statement> bind)
    {
        lock (_using)
        {
            RequireOpen();
            var query = new Statement(_connection, sql);
            _open.Add(query);
            bind(query);
            return query;
        }
    }

    private bool TryNext<T>(Statement query, Func<Statement, T> read, [MaybeNullWhen(false)] out T row)
    {
        lock (_using)
        {
            RequireOpen();
            var more = query.Step();
            row = more ? read(query) : default;
            return more;
        }
    }

    private void End(Statement query)
    {
        lock (_using)
        {
            _open.Remove(query);
            query.Dispose();
        }
    }

    private void RequireOpen()
    {
        if (_givenUp)
        {
            throw StoreErrors.SnapshotGivenUp();
        }

        ObjectDisposedException.ThrowIf(_closed, this);
    }

    private void Close(bool givenUp)
    {
        lock (_using)
        {
            if (_closed)
            {
                return;
            }

            (_closed, _givenUp) = (true, givenUp);
            _open.ForEach(query => query.Dispose());
            _connection.Dispose();
        }

        _closing(this);
    }
}
