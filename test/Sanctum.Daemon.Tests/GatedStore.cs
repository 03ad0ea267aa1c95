using Sanctum.Storage;

namespace Sanctum.Daemon.Tests;

/// <summary>A real store whose commits can be held back, so that a test can look at calls while they run.</summary>
internal sealed class GatedStore : IVaultStore
{
    private IVaultStore _inner = null!;
    private TaskCompletionSource? _closed;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a commit stands before the closed gate.</summary>
    public Task Arrived => _arrived.Task.WaitAsync(TimeSpan.FromMinutes(2));

    /// <summary>Whether the disk goes away while somebody reads all of it.</summary>
    public bool FailReading { get; set; }

    public GatedStore Around(IVaultStore inner)
    {
        _inner = inner;
        return this;
    }

    public void Close()
    {
        _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open() => Interlocked.Exchange(ref _closed, null)?.SetResult();

    public async Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _closed) is { } closed)
        {
            _arrived.TrySetResult();
            await closed.Task;
        }

        await _inner.CommitAsync(batch, cancellationToken);
    }

    public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default) => _inner.ReadKeyDocumentAsync(cancellationToken);

    public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> seal, CancellationToken cancellationToken = default) => _inner.WriteKeyDocumentAsync(seal, cancellationToken);

    public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default) => _inner.ReadAsync(key, cancellationToken);

    public async Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = await _inner.SnapshotAsync(cancellationToken);
        return FailReading ? new FailingSnapshot(snapshot) : snapshot;
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private sealed class FailingSnapshot(IStoreSnapshot inner) : IStoreSnapshot
    {
        public IAsyncEnumerable<StoredRecord> ReadRecordsAsync(CancellationToken cancellationToken = default) => inner.ReadRecordsAsync(cancellationToken);

        // The log comes after the records: by then much of the response is out.
        public async IAsyncEnumerable<StoredSegment> ReadLogAsync(
            long fromSequence = 1, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var segment in inner.ReadLogAsync(fromSequence, cancellationToken))
            {
                yield return segment;
                throw new StoreException(StoreFailure.Unavailable, "the disk is gone");
            }
        }

        public IAsyncEnumerable<StoredSegment> ReadLogBackwardsAsync(CancellationToken cancellationToken = default) => inner.ReadLogBackwardsAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
