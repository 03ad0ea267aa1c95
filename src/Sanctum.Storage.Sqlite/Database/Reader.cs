using Microsoft.Data.Sqlite;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>A connection for point reads.</summary>
internal sealed class Reader : IDisposable
{
    private readonly Lock _using = new();
    private readonly SqliteConnection _connection;
    private readonly Statement _select;
    private bool _closed;

    public Reader(string path)
    {
        _connection = Connections.Open(path, SqliteOpenMode.ReadOnly);
        _select = new Statement(_connection, "SELECT revision, data FROM records WHERE collection = ?1 AND id = ?2");
    }

    public StoredRecord? Read(RecordKey key)
    {
        lock (_using)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteVaultStore));
            try
            {
                return _select.Bind(1, key).Step() ? new StoredRecord(key, _select.Integer(0), _select.Blob(1)) : null;
            }
            finally
            {
                _select.Reset(); // Ends the read transaction.
            }
        }
    }

    public void Dispose()
    {
        lock (_using)
        {
            _closed = true;
            _select.Dispose();
            _connection.Dispose();
        }
    }
}
