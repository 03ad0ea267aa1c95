namespace Sanctum.Storage;

/// <summary>A store's content at one moment. Not for use from several threads at once.</summary>
public interface IStoreSnapshot : IAsyncDisposable
{
    /// <summary>The number of the last commit that shows in it, of a store that several write to; otherwise 0.</summary>
    long Commit => 0;

    /// <summary>All records, in no order.</summary>
    IAsyncEnumerable<StoredRecord> ReadRecordsAsync(CancellationToken cancellationToken = default);

    /// <summary>The log's segments that hold <paramref name="fromSequence"/> or later entries, in order.</summary>
    /// <param name="fromSequence">The first entry's number. <see cref="long.MinValue"/> is every row there is, whatever its number and count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IAsyncEnumerable<StoredSegment> ReadLogAsync(long fromSequence = 1, CancellationToken cancellationToken = default);

    /// <summary>The log's segments, the last one first. Who stops early has not paid for the rest.</summary>
    IAsyncEnumerable<StoredSegment> ReadLogBackwardsAsync(CancellationToken cancellationToken = default);
}
