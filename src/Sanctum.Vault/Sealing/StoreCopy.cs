using System.Security.Cryptography;
using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>Copies records and log from store to store, as they are, and adds the entry that says so.</summary>
internal static class StoreCopy
{
    private const int RecordsPerCommit = 1000;

    /// <summary>Copies what a snapshot has.</summary>
    public static async Task CopyAsync(IStoreSnapshot source, IVaultStore copy, CancellationToken cancellationToken)
    {
        var batch = new StoreBatch();
        await foreach (var record in source.ReadRecordsAsync(cancellationToken).ConfigureAwait(false))
        {
            batch.Puts.Add(record);
            if (batch.Puts.Count == RecordsPerCommit)
            {
                await copy.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
                batch = new StoreBatch();
            }
        }

        await foreach (var segment in source.ReadLogAsync(long.MinValue, cancellationToken).ConfigureAwait(false))
        {
            batch.Segment = segment;
            await copy.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
            batch = new StoreBatch();
        }

        if (batch.Puts.Count > 0)
        {
            await copy.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses a copy whose head is another one. The head sums up every record and the whole log.</summary>
    public static async Task RequireSameHeadAsync(IVaultStore source, IVaultStore copy, CancellationToken cancellationToken)
    {
        var (one, other) = (await source.ReadAsync(Head.Key, cancellationToken).ConfigureAwait(false), await copy.ReadAsync(Head.Key, cancellationToken).ConfigureAwait(false));
        if (one is not { } before || other is not { } now || before.Revision != now.Revision || !CryptographicOperations.FixedTimeEquals(before.Data.Span, now.Data.Span))
        {
            throw Errors.CopyDiffers();
        }
    }

    /// <summary>Adds an entry to the copy's log, as a vault that has it open would.</summary>
    public static async Task RecordAsync(IVaultStore copy, VaultKeys keys, AuditEntry entry, CancellationToken cancellationToken)
    {
        var loaded = await LoadedVault.LoadAsync(copy, keys, DateTimeOffset.MaxValue, cancellationToken).ConfigureAwait(false);
        await new HeadWriter(copy, loaded, new NoMemory()).CommitAsync([new JournalItem([AuditJson.Write(entry)], [], null)]).ConfigureAwait(false);
    }

    // Nothing of the copy is in memory.
    private sealed class NoMemory : IJournalMemory
    {
        public void Project(IEnumerable<(RecordKey Key, object? Value)> records, bool isOwn) => throw Errors.CopyDiffers();

        public void Hear(ChainedEntry entry) => throw Errors.CopyDiffers();

        public bool IsSealedElsewhere => false;
    }
}
