using Microsoft.Data.Sqlite;
using Sanctum.Storage.Sqlite.Database;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Storage.Sqlite;

/// <summary>
/// Keeps a vault in a folder: the database <c>vault.db</c>, the key document <c>vault.sealed</c>, and <c>vault.lock</c>, which is locked for as long
/// as the store lives. The folder has mode 0700 and its files 0600; anything more open, linked, or owned by someone else is refused.
/// </summary>
/// <remarks>
/// <para>Commits run on the caller's thread and return when they are durable (write-ahead log, one sync per batch). Reads may come from any
/// number of threads and wait for nobody.</para>
/// <para>A snapshot keeps the write-ahead log from being reused. One that is held while gigabytes are written is given up: its next read
/// fails with <see cref="StoreFailure.Unavailable"/>.</para>
/// </remarks>
public sealed class SqliteVaultStore : IVaultStore
{
    private readonly VaultFolder _folder;
    private readonly FolderLock _lock;
    private readonly KeyDocumentFile _keyDocument;
    private readonly Writer _writer;
    private readonly LogBound _bound;
    private readonly OpenFiles _files;
    private readonly ReaderPool _readers;
    private readonly Lock _writing = new();
    private bool _disposed;

    private SqliteVaultStore(VaultFolder folder, FolderLock folderLock, SqliteConnection connection, StoreTuning tuning)
    {
        (_folder, _lock, _keyDocument) = (folder, folderLock, new KeyDocumentFile(folder));
        _writer = new Writer(connection);
        _bound = new LogBound(folder.Database + "-wal", tuning, PurgeWhatIsOwed);
        _files = new OpenFiles(folder);
        _readers = new ReaderPool(folder.Database, _files.RequireInPlace);
    }

    /// <summary>Makes an empty store. The folder is made when there is none; one that exists must be private and hold nothing of a vault.</summary>
    /// <remarks>The store can be opened again once its key document has been written; until then, the vault counts as half made.</remarks>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="cancellationToken">Gives up before anything is made.</param>
    /// <exception cref="StoreException">Exists, InUse, Unsafe, Full or Unavailable.</exception>
    public static Task<SqliteVaultStore> CreateAsync(string directory, CancellationToken cancellationToken = default) =>
        CreateAsync(directory, StoreTuning.Default, cancellationToken);

    /// <summary>Opens a store that was made before. When that fails, none of the vault's files has changed.</summary>
    /// <remarks>A database of an earlier version is upgraded, after a backup of it was put beside it.</remarks>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="cancellationToken">Gives up before anything is opened.</param>
    /// <exception cref="StoreException">Missing, Moved, InUse, Unsafe, Damaged (also when half made), NewerVersion, Full or Unavailable.</exception>
    public static Task<SqliteVaultStore> OpenAsync(string directory, CancellationToken cancellationToken = default) =>
        OpenAsync(directory, StoreTuning.Default, cancellationToken);

    internal static Task<SqliteVaultStore> CreateAsync(string directory, StoreTuning tuning, CancellationToken cancellationToken = default) =>
        Task.Run(() => Opening.Create(new VaultFolder(directory), tuning, Assemble), cancellationToken);

    internal static Task<SqliteVaultStore> OpenAsync(string directory, StoreTuning tuning, CancellationToken cancellationToken = default) =>
        Task.Run(() => Opening.Open(new VaultFolder(directory), tuning, Assemble), cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return Task.FromResult(_keyDocument.Read());
    }

    /// <inheritdoc/>
    public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        _keyDocument.Write(keyDocument);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        return new(_readers.Read(key));
    }

    /// <inheritdoc/>
    public Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.KeyDocument is not null)
        {
            throw new ArgumentException("this store keeps the key document apart", nameof(batch));
        }

        lock (_writing)
        {
            Require(cancellationToken);

            // Before, so that nothing is written where nobody will look; after, because only then it is known that the batch can be found again.
            _files.RequireUntouched();
            _keyDocument.RequireInPlace();
            try
            {
                _writer.Commit(batch);
                _files.RequireInPlaceAndNote();
                _keyDocument.RequireInPlace();
                if (_bound.AfterCommit(_writer, batch.Purge))
                {
                    _files.NoteWritten();
                }
            }
            catch
            {
                _files.NoteWritten();
                throw;
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        Require(cancellationToken);
        _files.RequireInPlace();
        return Task.FromResult<IStoreSnapshot>(Connections.Guard(() => _bound.Track(closing => new Snapshot(_folder.Database, closing))));
    }

    /// <summary>Closes everything, waits for calls that are running, and lets go of the folder.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_writing)
        {
            if (_disposed)
            {
                return ValueTask.CompletedTask;
            }

            _disposed = true;
        }

        // The lock goes last: whoever takes it next must find nobody in the files.
        using (_lock)
        {
            using (_writer)
            {
                _readers.Dispose();
                _bound.CloseSnapshots();
                _writer.TryCheckpoint();
            }

            if (_folder.IsUnfinished)
            {
                _folder.Discard();
            }
        }

        return ValueTask.CompletedTask;
    }

    private static SqliteVaultStore Assemble(VaultFolder folder, FolderLock folderLock, SqliteConnection connection, StoreTuning tuning) =>
        new(folder, folderLock, connection, tuning);

    // A snapshot was closed that kept the write-ahead log from being cut.
    private void PurgeWhatIsOwed()
    {
        lock (_writing)
        {
            if (!_disposed)
            {
                _bound.PurgeWhatIsOwed(_writer);
                _files.NoteWritten();
            }
        }
    }

    private void Require(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
    }
}
