namespace Sanctum.Storage.Sqlite.Files;

/// <summary>
/// A folder of a daemon whose vault lies elsewhere: it has the sockets and <c>config.json</c>, and is as private as one with a vault. It is locked as long as this lives,
/// so that one process uses it at a time.
/// </summary>
internal sealed class FolderHold : IAsyncDisposable
{
    private readonly FolderLock _lock;

    private FolderHold(FolderLock folderLock) => _lock = folderLock;

    /// <summary>Locks the folder, which is made when there is none.</summary>
    /// <exception cref="StoreException">InUse; Unsafe; it has a vault of its own (Exists); Unavailable.</exception>
    public static FolderHold Take(string directory)
    {
        var folder = new VaultFolder(directory);
        folder.Make();
        folder.RequireSafe();
        if (!folder.IsUnfinished && folder.AnythingOfAVault() is { } found)
        {
            throw new StoreException(
                StoreFailure.Exists, $"the folder has a vault of its own ({found}), and 'store' in config.json names another one: use another folder, or leave 'store' out");
        }

        var folderLock = FolderLock.Take(folder);
        folderLock.Sign();
        return new FolderHold(folderLock);
    }

    public ValueTask DisposeAsync()
    {
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }
}
