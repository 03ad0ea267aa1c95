namespace Sanctum.Storage;

/// <summary>What is committed in one transaction: all of it or nothing.</summary>
public sealed class StoreBatch
{
    /// <summary>Records to insert or replace; a later one of the same key wins.</summary>
    public IList<StoredRecord> Puts { get; } = [];

    /// <summary>Records to remove, before <see cref="Puts"/> are written; one that is not there is no error.</summary>
    public IList<RecordKey> Deletes { get; } = [];

    /// <summary>
    /// Whether the store is to be rid of all that this and earlier batches removed or replaced: afterwards no older state can be read from it, in no file of
    /// its own. A store does it before it acknowledges the batch, or, while a snapshot needs the older state, once that is closed. A store that several write to
    /// does it afterwards, at the latest before it is closed, and says in <see cref="ISharedVaultStore.Warning"/> where it could not.
    /// </summary>
    public bool Purge { get; set; }

    /// <summary>
    /// The number of the commit that this one is made on, of a store that several write to: after any other one nothing is written, and the failure is
    /// <see cref="StoreFailure.Conflict"/>. Null: on the last that this store knows.
    /// </summary>
    public long? Expected { get; set; }

    /// <summary>
    /// The key document from now on, replaced with all the rest or not at all; null leaves it. Only a store that several write to takes one here
    /// (<see cref="ISharedVaultStore"/>): others keep theirs apart.
    /// </summary>
    public ReadOnlyMemory<byte>? KeyDocument { get; set; }

    /// <summary>Whether others who have the store open should hear of it at once, and not only before they write themselves.</summary>
    public bool IsNews { get; set; }

    /// <summary>A segment to append to the log. A store refuses one whose first sequence it has already.</summary>
    public StoredSegment? Segment { get; set; }
}
