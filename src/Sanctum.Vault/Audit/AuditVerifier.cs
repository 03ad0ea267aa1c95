using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>Accounts for every row of a store: each record in the head's sum, each row of the log in the chain.</summary>
internal static class AuditVerifier
{
    /// <param name="snapshot">What to check.</param>
    /// <param name="keys">The vault's.</param>
    /// <param name="noted">An entry that was noted earlier; it has to be there, with this MAC.</param>
    /// <param name="acceptDamage">Whether damage of the log is returned and not thrown.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">Something does not fit.</exception>
    public static async Task<AuditVerification> VerifyAsync(
        IStoreSnapshot snapshot, VaultKeys keys, AuditCheckpoint? noted, bool acceptDamage, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(snapshot, keys, cancellationToken).ConfigureAwait(false);
        if (noted?.Entries > head.Entries)
        {
            throw Errors.CheckpointAhead(noted.Entries, head.Entries);
        }

        var walk = new ChainWalk(new AuditChain(keys), head, noted);
        await foreach (var row in snapshot.ReadLogAsync(long.MinValue, cancellationToken).ConfigureAwait(false))
        {
            walk.Take(row);
        }

        walk.End();
        if (!acceptDamage && walk.Damage is [var first, ..])
        {
            throw Errors.Damaged(walk.Damage.Count == 1 ? first : $"{first}, and {walk.Damage.Count - 1} more like it");
        }

        return noted is null || walk.FoundAtNoted == noted.Mac
            ? new AuditVerification(head.Entries, Convert.ToHexStringLower(head.ChainMac.Span)) { Damage = walk.Damage is [] ? [] : walk.Damage }
            : throw Errors.CheckpointDiffers(noted.Entries);
    }

    private static async Task<Head> ReadHeadAsync(IStoreSnapshot snapshot, VaultKeys keys, CancellationToken cancellationToken)
    {
        var codec = new RecordCodec(keys);
        var ledger = new RecordLedger(keys);
        Head? head = null;
        await foreach (var record in snapshot.ReadRecordsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (record.Key == Head.Key)
            {
                head = Head.Read(codec.Decrypt(record));
            }
            else
            {
                ledger.Add(record);
            }
        }

        var found = head ?? throw Errors.Damaged("the head record is missing");
        ledger.RequireSum(found);
        return found;
    }
}
