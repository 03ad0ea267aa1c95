using CsCheck;

namespace Sanctum.Storage.Contract;

/// <summary>Random batches against a store and against two dictionaries.</summary>
internal static class StoreModel
{
    private static readonly Gen<StoredRecord> _record =
        Gen.Select(Gen.Byte[0, 1], Gen.Int[0, 5], Gen.Long, Gen.Byte.Array[0, 200], (collection, id, revision, data) => new StoredRecord(new RecordKey(collection, (UInt128)id), revision, data));

    private static readonly Gen<RecordKey> _key = Gen.Select(Gen.Byte[0, 1], Gen.Int[0, 5], (collection, id) => new RecordKey(collection, (UInt128)id));

    private static readonly Gen<Step> _step = Gen.Select(
        _record.Array[0, 6], _key.Array[0, 3], Gen.Int[0, 12], Gen.Byte.Array[0, 100], Gen.Int[0, 9],
        (puts, deletes, sequence, data, dice) => new Step(puts, deletes, sequence == 0 ? null : new StoredSegment(sequence, 1, data), Reopen: dice == 0));

    public static Task CheckAsync(Func<Task<IVaultStore>> create, Func<IVaultStore, Task<IVaultStore>> reopen) =>
        _step.Array[1, 12].SampleAsync(
            async steps =>
            {
                var store = await create();
                await store.WriteKeyDocumentAsync(new byte[1]);
                try
                {
                    var model = new Model();
                    foreach (var step in steps)
                    {
                        store = step.Reopen ? await reopen(store) : store;
                        await ApplyAsync(store, model, step);
                        await CompareAsync(store, model);
                    }
                }
                finally
                {
                    await store.DisposeAsync();
                }
            },
            iter: 40,
            threads: 1);

    private static async Task ApplyAsync(IVaultStore store, Model model, Step step)
    {
        var batch = new StoreBatch { Segment = step.Segment };
        Array.ForEach(step.Puts, batch.Puts.Add);
        Array.ForEach(step.Deletes, batch.Deletes.Add);
        if (step.Segment is { } segment && !model.Log.TryAdd(segment.FirstSequence, segment))
        {
            await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(batch));
            return;
        }

        await store.CommitAsync(batch);
        Array.ForEach(step.Deletes, key => model.Records.Remove(key));
        Array.ForEach(step.Puts, put => model.Records[put.Key] = put);
    }

    private static async Task CompareAsync(IVaultStore store, Model model)
    {
        var records = await Contents.RecordsOf(store);
        Assert.Equal(model.Records.Count, records.Count);
        records.ForEach(record => Contents.Same(model.Records[record.Key], record));
        foreach (var (key, record) in model.Records)
        {
            Contents.Same(record, await store.ReadAsync(key));
        }

        var log = await Contents.LogOf(store);
        Assert.Equal(model.Log.Keys, log.Select(segment => segment.FirstSequence));
        log.ForEach(segment => Contents.Same(model.Log[segment.FirstSequence], segment));
        await using var snapshot = await store.SnapshotAsync();
        var backwards = await Contents.LogFromItsEndOf(snapshot);
        Assert.Equal(model.Log.Keys.Reverse(), backwards.Select(segment => segment.FirstSequence));
        backwards.ForEach(segment => Contents.Same(model.Log[segment.FirstSequence], segment));
    }

    private sealed record Step(StoredRecord[] Puts, RecordKey[] Deletes, StoredSegment? Segment, bool Reopen);

    private sealed class Model
    {
        public Dictionary<RecordKey, StoredRecord> Records { get; } = [];

        public SortedDictionary<long, StoredSegment> Log { get; } = [];
    }
}
