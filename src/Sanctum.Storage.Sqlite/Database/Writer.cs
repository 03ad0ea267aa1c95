using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>The one connection that writes.</summary>
internal sealed class Writer : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<Statement> _statements = [];
    private readonly Statement _begin, _commit, _rollback, _delete, _put, _append;

    /// <param name="connection">A connection that can write; it is the writer's from here on.</param>
    public Writer(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _delete = Prepare("DELETE FROM records WHERE collection = ?1 AND id = ?2");
        _put = Prepare("INSERT INTO records (collection, id, revision, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET revision = ?3, data = ?4");
        _append = Prepare("INSERT INTO log (first_sequence, count, data) VALUES (?1, ?2, ?3)");
    }

    public static SqliteConnection Open(string path, StoreTuning tuning)
    {
        var connection = Connections.Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            // FULL syncs the log on every commit, which is what makes an acknowledged one survive a power cut.
            connection.Run(
                $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = {tuning.LogSoftLimit};");
            if (tuning.MaxPages is { } pages)
            {
                connection.Run($"PRAGMA max_page_count = {pages}");
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Commits a batch, or nothing of it.</summary>
    public void Commit(StoreBatch batch)
    {
        _begin.Run();
        try
        {
            Write(batch);
            _commit.Run();
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>Moves the write-ahead log into the database and cuts it to nothing; false when somebody reads from it, or the disk has no room or fails.</summary>
    public bool TryCheckpoint()
    {
        try
        {
            // The first column says whether somebody kept it from being done.
            return _connection.Ask("PRAGMA wal_checkpoint(TRUNCATE)") is 0L;
        }
        catch (StoreException)
        {
            // The log keeps everything that was acknowledged; a disk that has no room or fails is the next commit's news.
            return false;
        }
    }

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        _connection.Dispose();
    }

    private void Write(StoreBatch batch)
    {
        foreach (var key in batch.Deletes)
        {
            _delete.Bind(1, key).Run();
        }

        foreach (var record in batch.Puts)
        {
            _put.Bind(1, record.Key).Bind(3, record.Revision).Bind(4, record.Data.Span).Run();
        }

        if (batch.Segment is { } segment)
        {
            Append(segment);
        }
    }

    private void Append(StoredSegment segment)
    {
        var code = _append.Bind(1, segment.FirstSequence).Bind(2, segment.Count).Bind(3, segment.Data.Span).TryStep();
        _append.Reset();
        if (code != raw.SQLITE_DONE)
        {
            throw (code & 0xff) == raw.SQLITE_CONSTRAINT ? StoreErrors.SequenceTaken(segment.FirstSequence) : _append.Failure(code);
        }
    }

    // After some errors (a full disk among them) SQLite has rolled back itself; asking again would be an error of its own.
    private void RollBack()
    {
        if (raw.sqlite3_get_autocommit(_connection.Handle!) == 0)
        {
            _rollback.Run();
        }
    }

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _statements.Add(statement);
        return statement;
    }
}
