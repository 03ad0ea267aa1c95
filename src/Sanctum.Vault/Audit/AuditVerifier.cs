using System.Security.Cryptography;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>Follows the chain from its beginning to the head.</summary>
internal static class AuditVerifier
{
    public static async Task<AuditVerification> VerifyAsync(
        IStoreSnapshot snapshot, RecordCodec codec, AuditChain chain, CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(snapshot, codec, cancellationToken).ConfigureAwait(false);
        var mac = chain.Genesis();
        long entries = 0;
        await foreach (var segment in snapshot.ReadLogAsync(1, cancellationToken).ConfigureAwait(false))
        {
            if (segment.FirstSequence != entries + 1)
            {
                throw Errors.Damaged($"audit entry {entries + 1} is missing");
            }

            foreach (var entry in chain.Unpack(segment))
            {
                chain.Next(mac, entry.Sequence, entry.Json.Span);
                if (!CryptographicOperations.FixedTimeEquals(mac, entry.Mac.Span))
                {
                    throw Errors.Damaged($"audit entry {entry.Sequence} does not follow from the one before");
                }

                entries++;
            }
        }

        return entries == head.Entries && CryptographicOperations.FixedTimeEquals(mac, head.ChainMac.Span)
            ? new AuditVerification(entries, Convert.ToHexStringLower(mac))
            : throw Errors.Damaged($"the audit log ends at entry {entries}, and {head.Entries} were written");
    }

    private static async Task<Head> ReadHeadAsync(IStoreSnapshot snapshot, RecordCodec codec, CancellationToken cancellationToken)
    {
        await foreach (var record in snapshot.ReadRecordsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (record.Key == Head.Key)
            {
                return Head.Read(codec.Open(record));
            }
        }

        throw Errors.Damaged("the head record is missing");
    }
}
