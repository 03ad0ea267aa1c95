using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>What the journal keeps in step with what is durable. Called by one thread at a time, in the order of commits.</summary>
internal interface IJournalMemory
{
    /// <summary>Takes what records stand for now.</summary>
    /// <param name="records">Each record's key, and what it stands for; null where it was removed.</param>
    /// <param name="isOwn">Whether this vault wrote them.</param>
    void Project(IEnumerable<(RecordKey Key, object? Value)> records, bool isOwn);

    /// <summary>Takes an entry that another daemon wrote, after the records that it came with.</summary>
    void Hear(ChainedEntry entry);

    /// <summary>Whether an operator has sealed the vault at another daemon, as far as was heard: then nothing is written but what outlives a seal.</summary>
    bool IsSealedElsewhere { get; }
}
