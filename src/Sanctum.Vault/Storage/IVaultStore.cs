namespace Sanctum.Storage;

/// <summary>
/// Where a vault lies: one small key document, a key/value table of encrypted records, and an append-only log. A store is not
/// trusted with anything but keeping what it acknowledged: all it sees is ciphertext, and what it changes is found out.
/// </summary>
/// <remarks>Failures to read or write are thrown as <see cref="StoreException"/>.</remarks>
public interface IVaultStore : IAsyncDisposable
{
    /// <summary>The key document, or null when there is none.</summary>
    Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default);

    /// <summary>Replaces the key document, durably and all at once: after a crash there is the old one or the new one.</summary>
    Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default);

    /// <summary>One record, or null when there is none.</summary>
    ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default);

    /// <summary>Commits a batch. When the task completes, the batch survives a power cut. One call at a time.</summary>
    Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default);

    /// <summary>A view of everything at one moment; later commits do not show in it.</summary>
    Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default);
}
