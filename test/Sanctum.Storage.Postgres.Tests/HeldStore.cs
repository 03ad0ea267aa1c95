namespace Sanctum.Storage.Postgres.Tests;

/// <summary>A real store that can be kept from telling its vault what others have committed. What the vault writes goes through, and it catches up with that.</summary>
internal sealed class HeldStore(ISharedVaultStore inner) : ISharedVaultStore
{
    private volatile TaskCompletionSource? _deaf;
    private volatile TaskCompletionSource? _looks;
    private TaskCompletionSource _waits = NewSource(), _looked = NewSource();

    /// <summary>Completes when the vault waits for news that do not come.</summary>
    public Task Waits => _waits.Task.WaitAsync(TimeSpan.FromMinutes(2));

    /// <summary>Completes when the database has responded to a look, and the vault does not know yet.</summary>
    public Task Looked => _looked.Task.WaitAsync(TimeSpan.FromMinutes(2));

    /// <summary>Runs once, right before the vault reads or writes what it is called for.</summary>
    public (string Call, Func<Task> Act)? Before { get; set; }

    /// <summary>From now on no news come.</summary>
    public HeldStore Deafen()
    {
        (_waits, _deaf) = (NewSource(), NewSource());
        return this;
    }

    /// <summary>News come again.</summary>
    public void Hear() => Interlocked.Exchange(ref _deaf, null)?.SetResult();

    /// <summary>From now on what the database responds to a look lies here.</summary>
    public void HoldLooks() => (_looked, _looks) = (NewSource(), NewSource());

    /// <summary>The vault gets what lies here.</summary>
    public void LetLooksGo() => Interlocked.Exchange(ref _looks, null)?.SetResult();

    public async Task WaitForNewsAsync(TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        if (_deaf is { } deaf)
        {
            _waits.TrySetResult();
            await deaf.Task.WaitAsync(cancellationToken);
        }

        await inner.WaitForNewsAsync(atMost, cancellationToken);
    }

    public async Task<StoreChanges> ReadChangesAsync(StorePosition since, CancellationToken cancellationToken = default)
    {
        var changes = await inner.ReadChangesAsync(since, cancellationToken);
        if (_looks is { } held)
        {
            _looked.TrySetResult();
            await held.Task;
        }

        return changes;
    }

    public Task<StoreChanges> LockAsync(StorePosition since, CancellationToken cancellationToken = default) => inner.LockAsync(since, cancellationToken);

    public Task ReleaseAsync() => inner.ReleaseAsync();

    public Task AnnounceAsync(StoreNode node, CancellationToken cancellationToken = default) => inner.AnnounceAsync(node, cancellationToken);

    public Task WithdrawAsync(string name, CancellationToken cancellationToken = default) => inner.WithdrawAsync(name, cancellationToken);

    public Task<IReadOnlyList<StoreNode>> ReadNodesAsync(CancellationToken cancellationToken = default) => inner.ReadNodesAsync(cancellationToken);

    public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default) => inner.ReadKeyDocumentAsync(cancellationToken);

    public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default) => inner.WriteKeyDocumentAsync(keyDocument, cancellationToken);

    public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default) => inner.ReadAsync(key, cancellationToken);

    public async Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
    {
        await ActBeforeAsync("commit");
        await inner.CommitAsync(batch, cancellationToken);
    }

    public async Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        await ActBeforeAsync("snapshot");
        return await inner.SnapshotAsync(cancellationToken);
    }

    // The store inside is its owner's to dispose.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task ActBeforeAsync(string call)
    {
        if (Before is { } before && before.Call == call)
        {
            Before = null;
            await before.Act();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
