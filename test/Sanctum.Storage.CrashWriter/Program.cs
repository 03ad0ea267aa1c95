// Writes to a vault's folder until it is killed, and says what has been acknowledged: one number per line.
using Sanctum.Storage;
using Sanctum.Storage.Sqlite;

var (directory, what) = (args[0], args[1]);
await using var store = await SqliteVaultStore.OpenAsync(directory);
await using var snapshot = await store.SnapshotAsync();
long last = 0;
await foreach (var segment in snapshot.ReadLogAsync())
{
    last = segment.FirstSequence;
}

for (var number = last + 1; ; number++)
{
    var data = new byte[3000];
    Array.Fill(data, (byte)number);
    if (what == "commits")
    {
        await store.CommitAsync(new StoreBatch
        {
            Puts = { new StoredRecord(new RecordKey(1, (UInt128)(number % 50)), number, data) },
            Segment = new StoredSegment(number, 1, data),
        });
    }
    else
    {
        await store.WriteKeyDocumentAsync(data);
    }

    Console.Out.WriteLine(number);
}
