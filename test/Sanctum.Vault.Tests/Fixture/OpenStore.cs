using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Sanctum.Storage;

namespace Sanctum.Tests.Fixture;

/// <summary>A store whose content lies open to whoever attacks it, and that fails or waits where a test wants it to.</summary>
internal sealed class OpenStore : IVaultStore
{
    private readonly Lock _lock = new();

    public Dictionary<RecordKey, StoredRecord> Records { get; } = [];

    public SortedDictionary<long, StoredSegment> Log { get; } = [];

    public byte[]? Seal { get; set; }

    /// <summary>Called before a commit takes effect; what it throws, the commit throws.</summary>
    public Action<StoreBatch>? Committing { get; set; }

    /// <summary>Called when a commit has taken effect; what it throws, the commit throws.</summary>
    public Action<StoreBatch>? Committed { get; set; }

    public Action? Sealing { get; set; }

    public Action? SealWritten { get; set; }

    public Action<RecordKey>? Reading { get; set; }

    /// <summary>What snapshots return besides what is there.</summary>
    public List<StoredRecord> Ghosts { get; } = [];

    public int Commits { get; private set; }

    /// <summary>How much of the log was read from its end.</summary>
    public int SegmentsReadBackwards { get; set; }

    /// <summary>Is waited for before a segment of the log is read.</summary>
    public Func<CancellationToken, Task>? ReadingLog { get; set; }

    /// <summary>Called when a segment of the log is read on the way back.</summary>
    public Action? ReadingBackwards { get; set; }

    public OpenStore Copy()
    {
        lock (_lock)
        {
            var copy = new OpenStore { Seal = (byte[]?)Seal?.Clone() };
            copy.TakeOver(this);
            return copy;
        }
    }

    /// <summary>Becomes what another store is.</summary>
    public void TakeOver(OpenStore other)
    {
        (Seal, var records, var log) = (other.Seal, other.Records.ToArray(), other.Log.ToArray());
        Records.Clear();
        Log.Clear();
        foreach (var (key, record) in records)
        {
            Records.Add(key, record);
        }

        foreach (var (first, segment) in log)
        {
            Log.Add(first, segment);
        }
    }

    /// <summary>The same for the same content, and different for any other.</summary>
    public string Fingerprint()
    {
        lock (_lock)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Seal ?? []);
            foreach (var record in Records.Values.OrderBy(record => record.Key.Collection).ThenBy(record => record.Key.Id))
            {
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{record.Key}|{record.Revision}|{record.Data.Length}|"));
                hash.AppendData(record.Data.Span);
            }

            foreach (var segment in Log.Values)
            {
                hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{segment.FirstSequence}|{segment.Count}|{segment.Data.Length}|"));
                hash.AppendData(segment.Data.Span);
            }

            return Convert.ToHexString(hash.GetHashAndReset());
        }
    }

    public RecordKey[] KeysOf(byte collection) => [.. Records.Keys.Where(key => key.Collection == collection).OrderBy(key => key.Id)];

    public Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken = default) => Task.FromResult((byte[]?)Seal?.Clone());

    public Task WriteKeyDocumentAsync(ReadOnlyMemory<byte> seal, CancellationToken cancellationToken = default)
    {
        Sealing?.Invoke();
        Seal = seal.ToArray();
        SealWritten?.Invoke();
        return Task.CompletedTask;
    }

    public ValueTask<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken = default)
    {
        Reading?.Invoke(key);
        lock (_lock)
        {
            return new(Records.TryGetValue(key, out var record) ? record : null);
        }
    }

    public Task CommitAsync(StoreBatch batch, CancellationToken cancellationToken = default)
    {
        Committing?.Invoke(batch);
        lock (_lock)
        {
            foreach (var key in batch.Deletes)
            {
                Records.Remove(key);
            }

            foreach (var put in batch.Puts)
            {
                Records[put.Key] = put with { Data = put.Data.ToArray() };
            }

            if (batch.Segment is { } segment && !Log.TryAdd(segment.FirstSequence, segment with { Data = segment.Data.ToArray() }))
            {
                throw new StoreException(StoreFailure.Exists, "there is such a segment already");
            }

            Commits++;
        }

        Committed?.Invoke(batch);
        return Task.CompletedTask;
    }

    public Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return Task.FromResult<IStoreSnapshot>(new Snapshot(this, [.. Ghosts, .. Records.Values], [.. Log.Values]));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Snapshot(OpenStore store, StoredRecord[] records, StoredSegment[] log) : IStoreSnapshot
    {
        public IAsyncEnumerable<StoredRecord> ReadRecordsAsync(CancellationToken cancellationToken = default) => EachAsync(records, cancellationToken);

        public async IAsyncEnumerable<StoredSegment> ReadLogAsync(long fromSequence = 1, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var segment in EachAsync(log.Where(segment => fromSequence == long.MinValue || segment.FirstSequence > fromSequence - segment.Count), cancellationToken))
            {
                await (store.ReadingLog?.Invoke(cancellationToken) ?? Task.CompletedTask);
                yield return segment;
            }
        }

        public async IAsyncEnumerable<StoredSegment> ReadLogBackwardsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var segment in EachAsync(log.AsEnumerable().Reverse(), cancellationToken))
            {
                store.SegmentsReadBackwards++;
                store.ReadingBackwards?.Invoke();
                yield return segment;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static async IAsyncEnumerable<T> EachAsync<T>(IEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            // Elsewhere than where it was asked for, as with a store that has a disk.
            await Task.Yield();
            foreach (var item in items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return item;
            }
        }
    }
}
