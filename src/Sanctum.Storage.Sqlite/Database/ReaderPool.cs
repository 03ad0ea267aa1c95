using System.Collections.Concurrent;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>Readers for as many threads as read at once; each is made when all others are busy, and kept.</summary>
/// <param name="path">The database.</param>
/// <param name="requireInPlace">Checks that the database of this path is the open one: SQLite would make another one's log index in the place of this one's.</param>
internal sealed class ReaderPool(string path, Action requireInPlace) : IDisposable
{
    private readonly ConcurrentBag<Reader> _free = [];
    private readonly Lock _making = new();
    private readonly List<Reader> _all = [];
    private bool _closed;

    public StoredRecord? Read(RecordKey key)
    {
        if (!_free.TryTake(out var reader))
        {
            reader = Make();
        }

        try
        {
            return reader.Read(key);
        }
        finally
        {
            _free.Add(reader);
        }
    }

    /// <summary>Waits for reads that are running, and closes everything.</summary>
    public void Dispose()
    {
        lock (_making)
        {
            _closed = true;
            _all.ForEach(reader => reader.Dispose());
        }
    }

    private Reader Make()
    {
        lock (_making)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteVaultStore));
            requireInPlace();
            var reader = Connections.Guard(() => new Reader(path));
            _all.Add(reader);
            return reader;
        }
    }
}
