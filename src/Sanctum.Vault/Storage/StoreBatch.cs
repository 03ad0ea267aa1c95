namespace Sanctum.Storage;

/// <summary>What is committed in one transaction: all of it or nothing.</summary>
public sealed class StoreBatch
{
    /// <summary>Records to insert or replace; a later one of the same key wins.</summary>
    public IList<StoredRecord> Puts { get; } = [];

    /// <summary>Records to remove, before <see cref="Puts"/> are written; one that is not there is no error.</summary>
    public IList<RecordKey> Deletes { get; } = [];

    /// <summary>A segment to append to the log. A store refuses one whose first sequence it has already.</summary>
    public StoredSegment? Segment { get; set; }
}
