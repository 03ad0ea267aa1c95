using System.Buffers.Binary;
using System.Security.Cryptography;
using Sanctum.Storage;

namespace Sanctum.Backups;

/// <summary>Reads a backup (<see cref="BackupFormat"/>) into an empty store.</summary>
internal sealed class BackupReader(Stream source) : IDisposable
{
    private const int RecordsPerCommit = 1000;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _last = long.MinValue;

    /// <summary>Copies records and log, and checks the checksum. The key document is given back, for the caller to write once all is verified.</summary>
    /// <exception cref="VaultException">It is not a backup, or a damaged one; the code is <see cref="VaultErrorCode.Damaged"/>.</exception>
    public async Task<byte[]> ReadIntoAsync(IVaultStore store, CancellationToken cancellationToken)
    {
        var magic = await TakeAsync(BackupFormat.Magic.Length, cancellationToken).ConfigureAwait(false);
        if (!magic.AsSpan().SequenceEqual(BackupFormat.Magic))
        {
            throw Errors.NotABackup();
        }

        var keyDocument = await TakeDataAsync(BackupFormat.MaxKeyDocument, cancellationToken).ConfigureAwait(false);
        var batch = new StoreBatch();
        while (true)
        {
            var kind = (await TakeAsync(1, cancellationToken).ConfigureAwait(false))[0];
            if (kind == BackupFormat.End)
            {
                await store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
                await RequireChecksumAsync(cancellationToken).ConfigureAwait(false);
                return keyDocument;
            }

            if (kind == BackupFormat.Record)
            {
                batch.Puts.Add(await TakeRecordAsync(cancellationToken).ConfigureAwait(false));
            }
            else
            {
                batch.Segment = kind == BackupFormat.Segment
                    ? await TakeSegmentAsync(cancellationToken).ConfigureAwait(false)
                    : throw Errors.BackupDamaged();
            }

            if (batch.Segment is not null || batch.Puts.Count == RecordsPerCommit)
            {
                await store.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
                batch = new StoreBatch();
            }
        }
    }

    public void Dispose() => _hash.Dispose();

    private async Task<StoredRecord> TakeRecordAsync(CancellationToken cancellationToken)
    {
        var header = await TakeAsync(BackupFormat.RecordHeader - 4, cancellationToken).ConfigureAwait(false);
        var key = new RecordKey(header[0], BinaryPrimitives.ReadUInt128BigEndian(header.AsSpan(1)));
        var revision = BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(17));
        return new StoredRecord(key, revision, await TakeDataAsync(BackupFormat.MaxData, cancellationToken).ConfigureAwait(false));
    }

    private async Task<StoredSegment> TakeSegmentAsync(CancellationToken cancellationToken)
    {
        var header = await TakeAsync(BackupFormat.SegmentHeader - 4, cancellationToken).ConfigureAwait(false);
        var first = BinaryPrimitives.ReadInt64BigEndian(header);
        var count = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
        if (first <= _last || count < 0)
        {
            // No store need be asked to keep such a log. Gaps and strange rows are for the verification to name.
            throw Errors.BackupDamaged();
        }

        _last = first;
        return new StoredSegment(first, count, await TakeDataAsync(BackupFormat.MaxData, cancellationToken).ConfigureAwait(false));
    }

    private async Task<byte[]> TakeDataAsync(int maximum, CancellationToken cancellationToken)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(await TakeAsync(4, cancellationToken).ConfigureAwait(false));
        return length >= 0 && length <= maximum
            ? await TakeAsync(length, cancellationToken).ConfigureAwait(false)
            : throw Errors.BackupDamaged();
    }

    private async Task<byte[]> TakeAsync(int length, CancellationToken cancellationToken)
    {
        if (source.CanSeek && length > source.Length - source.Position)
        {
            throw Errors.BackupDamaged(); // What is not there needs no memory.
        }

        var bytes = new byte[length];
        if (await source.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < length)
        {
            throw Errors.BackupDamaged();
        }

        _hash.AppendData(bytes);
        return bytes;
    }

    private async Task RequireChecksumAsync(CancellationToken cancellationToken)
    {
        var computed = _hash.GetHashAndReset();
        var stored = await TakeAsync(computed.Length, cancellationToken).ConfigureAwait(false);
        var more = await source.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false);
        if (more != 0 || !computed.AsSpan().SequenceEqual(stored))
        {
            throw Errors.BackupDamaged();
        }
    }
}
