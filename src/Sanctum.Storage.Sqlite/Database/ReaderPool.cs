using System.Collections.Concurrent;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>Readers for as many threads as read at once; each is made when all others are busy, and kept.</summary>
internal sealed class ReaderPool(string path) : IDisposable
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
            var reader = Connections.Guard(() => new Reader(path));
            _all.Add(reader);
            return reader;
        }
    }
}
