namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>What was removed can't be read from the files any more, once a batch has asked for that.</summary>
public sealed class PurgeTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task What_was_removed_is_in_no_file_after_a_purge()
    {
        await using var store = await _folder.MakeOpenAsync(batches: 0);
        var records = await FillAsync(store);
        await store.CommitAsync(Removal(records, purge: false));
        Assert.NotEmpty(Remains(records));
        await store.CommitAsync(new StoreBatch { Purge = true });
        Assert.Empty(Remains(records));
    }

    [Fact]
    public async Task What_a_snapshot_still_needs_goes_when_it_is_closed()
    {
        await using var store = await _folder.MakeOpenAsync(batches: 0);
        var records = await FillAsync(store);
        await using (await store.SnapshotAsync())
        await using (await store.SnapshotAsync())
        {
            await store.CommitAsync(Removal(records, purge: true));
            Assert.NotEmpty(Remains(records));
        }

        Assert.Empty(Remains(records));
    }

    [Fact]
    public async Task What_a_foreign_reader_still_needs_goes_with_a_later_commit()
    {
        await using var store = await _folder.MakeOpenAsync(batches: 0);
        var records = await FillAsync(store);
        using (var foreign = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder.Database};Mode=ReadOnly;Pooling=False"))
        {
            foreign.Open();
            using var command = foreign.CreateCommand();
            command.CommandText = "BEGIN; SELECT count(*) FROM records";
            command.ExecuteNonQuery();
            await store.CommitAsync(Removal(records, purge: true));
            Assert.NotEmpty(Remains(records));
        }

        for (var i = 1; i <= 64; i++)
        {
            await store.CommitAsync(TestFolder.Batch(1000 + i));
        }

        Assert.Empty(Remains(records));
    }

    // Of all sizes, so that some share a page and some have pages of their own, and more than once, so that pages are split and moved.
    private static async Task<StoredRecord[]> FillAsync(SqliteVaultStore store)
    {
        var records = Enumerable.Range(1, 60)
            .Select(i => new StoredRecord(new RecordKey(2, (UInt128)(uint)(i * 2654435761)), 1, Noise(40 + (i * i * 5), seed: i)))
            .ToArray();
        foreach (var record in records)
        {
            await store.CommitAsync(new StoreBatch { Puts = { record } });
        }

        return records;
    }

    private static byte[] Noise(int length, int seed)
    {
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static StoreBatch Removal(StoredRecord[] records, bool purge)
    {
        var batch = new StoreBatch { Purge = purge };
        foreach (var record in records)
        {
            batch.Deletes.Add(record.Key);
        }

        return batch;
    }

    private List<string> Remains(StoredRecord[] records)
    {
        var remains = new List<string>();
        foreach (var file in Directory.GetFiles(_folder.Vault).Where(it => Path.GetFileName(it) != "vault.lock"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            remains.AddRange(records.Where(it => bytes.AsSpan().IndexOf(it.Data.Span[8..40]) >= 0).Select(it => $"{Path.GetFileName(file)} {it.Key}"));
        }

        return remains;
    }

    public void Dispose() => _folder.Dispose();
}
