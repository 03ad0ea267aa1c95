namespace Sanctum.Storage;

/// <summary>
/// A store that several vaults write to at the same time, each in a process of its own. A commit names the one that it is made on (<see cref="StoreBatch.Expected"/>):
/// where somebody else has committed since, nothing is written. Whoever lost takes the head for itself, reads what it missed, and writes then.
/// </summary>
public interface ISharedVaultStore : IVaultStore
{
    /// <summary>What an operator should know about how safely commits are kept; null where there is nothing to say.</summary>
    string? Warning => null;

    /// <summary>
    /// Takes the head: nobody else commits until this store has, by <see cref="IVaultStore.CommitAsync"/>, or has called <see cref="ReleaseAsync"/>. Waits for whoever has it,
    /// also for a commit of its own whose end is not known.
    /// </summary>
    /// <param name="since">What the vault knows already.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What has been committed since. It may hold more than that.</returns>
    Task<StoreChanges> LockAsync(StorePosition since, CancellationToken cancellationToken = default);

    /// <summary>Lets go of the head without writing. Does nothing where it is not taken.</summary>
    Task ReleaseAsync();

    /// <summary>What has been committed since, all of it of one moment, without keeping anybody from writing.</summary>
    /// <inheritdoc cref="LockAsync"/>
    Task<StoreChanges> ReadChangesAsync(StorePosition since, CancellationToken cancellationToken = default);

    /// <summary>Waits until somebody commits a batch with <see cref="StoreBatch.IsNews"/>, or for so long. It can return for nothing.</summary>
    /// <param name="atMost">For how long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task WaitForNewsAsync(TimeSpan atMost, CancellationToken cancellationToken = default);

    /// <summary>Says that a daemon is there, in the place of what it said before. What nobody has renewed for a week is forgotten, and all beyond the last hundred.</summary>
    Task AnnounceAsync(StoreNode node, CancellationToken cancellationToken = default);

    /// <summary>Takes that back: the daemon ends.</summary>
    Task WithdrawAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>The daemons that have said that they are there, at most a hundred, in order of name.</summary>
    Task<IReadOnlyList<StoreNode>> ReadNodesAsync(CancellationToken cancellationToken = default);
}

/// <summary>How far a vault knows a store.</summary>
/// <param name="Commit">The number of the last commit that it knows.</param>
/// <param name="Entries">How many entries the log has by then.</param>
public readonly record struct StorePosition(long Commit, long Entries);

/// <summary>What was committed to a store.</summary>
/// <param name="Commit">The number of the last commit there is.</param>
/// <param name="Head">The head record by then; null where there is none.</param>
/// <param name="Removed">Records that were removed. Those that are back by now are in <paramref name="Records"/> too.</param>
/// <param name="Records">Records that were put, without the head.</param>
/// <param name="Segments">Segments of the log, in order.</param>
public sealed record StoreChanges(
    long Commit, StoredRecord? Head, IReadOnlyList<RecordKey> Removed, IReadOnlyList<StoredRecord> Records, IReadOnlyList<StoredSegment> Segments)
{
    /// <summary>Whether <see cref="Records"/> are all there are, because what was removed is not known that far back: a record that is not among them is gone.</summary>
    public bool AreAll { get; init; }
}
