using System.Text;

namespace Sanctum.Storage.Contract;

/// <summary>Reads stores out, and makes bytes that tell whose they are.</summary>
public static class Contents
{
    public static async Task<List<StoredRecord>> RecordsOf(IVaultStore store)
    {
        await using var snapshot = await store.SnapshotAsync();
        return await RecordsOf(snapshot);
    }

    public static async Task<List<StoredRecord>> RecordsOf(IStoreSnapshot snapshot) => await snapshot.ReadRecordsAsync().ToListAsync();

    public static async Task<List<StoredSegment>> LogOf(IVaultStore store, long from = 1)
    {
        await using var snapshot = await store.SnapshotAsync();
        return await snapshot.ReadLogAsync(from).ToListAsync();
    }

    public static async Task<List<StoredSegment>> LogOf(IStoreSnapshot snapshot) => await snapshot.ReadLogAsync().ToListAsync();

    public static async Task<List<StoredSegment>> LogFromItsEndOf(IStoreSnapshot snapshot) => await snapshot.ReadLogBackwardsAsync().ToListAsync();

    public static byte[] Bytes(int length, long seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)((seed * 31) + i);
        }

        return bytes;
    }

    public static void Same(StoredRecord expected, StoredRecord? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal((expected.Key, expected.Revision), (actual.Value.Key, actual.Value.Revision));
        Assert.True(expected.Data.Span.SequenceEqual(actual.Value.Data.Span), "the record's data differs");
    }

    public static void Same(string expected, byte[]? seal) => Assert.Equal(expected, seal is null ? null : Encoding.UTF8.GetString(seal));

    public static void Same(StoredSegment expected, StoredSegment actual)
    {
        Assert.Equal((expected.FirstSequence, expected.Count), (actual.FirstSequence, actual.Count));
        Assert.True(expected.Data.Span.SequenceEqual(actual.Data.Span), "the segment's data differs");
    }
}
