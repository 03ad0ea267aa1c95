using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Sanctum.Storage;

/// <summary>Keeps a vault in memory: for tests, and for vaults that end with their process.</summary>
/// <remarks>Disposing it forgets nothing, so that a vault can be opened again over the same store.</remarks>
public sealed class InMemoryVaultStore : IVaultStore
{
    private readonly Lock _writing = new();

    // Immutable and replaced as a whole: readers and snapshots need no lock, and a batch shows all at once.
    private volatile Content _content = Content.Empty;
    private volatile byte[]? _keyDocument;

    /// <inheritdoc/>
    public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult((byte[]?)_keyDocument?.Clone());
    }

    /// <inheritdoc/>
    public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> keyDocument, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _keyDocument = keyDocument.ToArray();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_content.Records.TryGetValue(key, out var record) ? record : null);
    }

    /// <inheritdoc/>
    public Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.KeyDocument is not null)
        {
            throw new ArgumentException("this store keeps the key document apart", nameof(batch));
        }

        cancellationToken.ThrowIfCancellationRequested();
        lock (_writing)
        {
            _content = _content.With(batch);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<IStoreSnapshot>(new Snapshot(_content));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed record Content(
        ImmutableDictionary<RecordKey, StoredRecord> Records,
        ImmutableSortedSet<StoredSegment> Log)
    {
        public static Content Empty { get; } = new(
            ImmutableDictionary<RecordKey, StoredRecord>.Empty,
            ImmutableSortedSet<StoredSegment>.Empty.WithComparer(Comparer<StoredSegment>.Create((one, other) => one.FirstSequence.CompareTo(other.FirstSequence))));

        // The bytes are copied: the caller's buffers are the caller's again when the commit returns.
        public Content With(StoreBatch batch)
        {
            var log = Log;
            if (batch.Segment is { } segment)
            {
                if (log.Contains(segment))
                {
                    throw new StoreException(StoreFailure.Exists, $"the log already has a segment at {segment.FirstSequence}");
                }

                log = log.Add(segment with { Data = segment.Data.ToArray() });
            }

            var records = Records.RemoveRange(batch.Deletes)
                .SetItems(batch.Puts.Select(put => KeyValuePair.Create(put.Key, put with { Data = put.Data.ToArray() })));
            return new Content(records, log);
        }
    }

    private sealed class Snapshot(Content content) : IStoreSnapshot
    {
        public IAsyncEnumerable<StoredRecord> ReadRecordsAsync(CancellationToken cancellationToken = default) =>
            Enumerate(content.Records.Values, cancellationToken);

        public IAsyncEnumerable<StoredSegment> ReadLogAsync(long fromSequence = 1, CancellationToken cancellationToken = default) =>
            Enumerate(content.Log.Where(segment => fromSequence == long.MinValue || segment.FirstSequence > fromSequence - segment.Count), cancellationToken);

        public IAsyncEnumerable<StoredSegment> ReadLogBackwardsAsync(CancellationToken cancellationToken = default) =>
            Enumerate(content.Log.Reverse(), cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

#pragma warning disable CS1998 // An async iterator over what is in memory has nothing to wait for.
        private static async IAsyncEnumerable<T> Enumerate<T>(IEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
#pragma warning restore CS1998
        {
            foreach (var item in items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return item;
            }
        }
    }
}
