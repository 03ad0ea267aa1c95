using System.Buffers.Binary;
using System.Security.Cryptography;
using Sanctum.Storage;

namespace Sanctum.Backups;

/// <summary>Writes a backup (<see cref="BackupFormat"/>).</summary>
internal sealed class BackupWriter(Stream destination) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public async Task WriteAsync(ReadOnlyMemory<byte> keyDocument, IStoreSnapshot snapshot, CancellationToken cancellationToken)
    {
        await PutAsync(BackupFormat.Magic.ToArray(), cancellationToken).ConfigureAwait(false);
        await PutAsync(Number(keyDocument.Length), cancellationToken).ConfigureAwait(false);
        await PutAsync(keyDocument, cancellationToken).ConfigureAwait(false);
        await foreach (var record in snapshot.ReadRecordsAsync(cancellationToken).ConfigureAwait(false))
        {
            await PutAsync(HeaderOf(record), cancellationToken).ConfigureAwait(false);
            await PutAsync(record.Data, cancellationToken).ConfigureAwait(false);
        }

        await foreach (var segment in snapshot.ReadLogAsync(long.MinValue, cancellationToken).ConfigureAwait(false))
        {
            await PutAsync(HeaderOf(segment), cancellationToken).ConfigureAwait(false);
            await PutAsync(segment.Data, cancellationToken).ConfigureAwait(false);
        }

        await PutAsync(new[] { BackupFormat.End }, cancellationToken).ConfigureAwait(false);
        await SendAsync(_hash.GetHashAndReset(), cancellationToken).ConfigureAwait(false);
        await destination.FlushAsync(cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _hash.Dispose();

    private static byte[] HeaderOf(StoredRecord record)
    {
        var header = new byte[1 + BackupFormat.RecordHeader];
        header[0] = BackupFormat.Record;
        header[1] = record.Key.Collection;
        BinaryPrimitives.WriteUInt128BigEndian(header.AsSpan(2), record.Key.Id);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(18), record.Revision);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(26), record.Data.Length);
        return header;
    }

    private static byte[] HeaderOf(StoredSegment segment)
    {
        var header = new byte[1 + BackupFormat.SegmentHeader];
        header[0] = BackupFormat.Segment;
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(1), segment.FirstSequence);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(9), segment.Count);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(13), segment.Data.Length);
        return header;
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private async Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        await SendAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    // Many streams look at the token before they write and not while they do: a pipe that nobody reads from would hold up the sealing. Such a write
    // is left behind; it has hold of ciphertext and of nothing else.
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var writing = destination.WriteAsync(bytes, cancellationToken);
        if (writing.IsCompleted)
        {
            await writing.ConfigureAwait(false);
            return;
        }

        await writing.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
