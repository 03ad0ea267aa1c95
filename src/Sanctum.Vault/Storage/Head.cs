using System.Buffers.Binary;

namespace Sanctum.Storage;

/// <summary>
/// What the vault is at one moment: how long the audit log is and its last MAC, how many records there are and their sum.
/// Encrypted, and replaced in the transaction of every commit, so that neither log nor records can be cut or turned back alone.
/// </summary>
/// <remarks><code>audit count (8) | audit MAC (32) | record count (8) | record sum (32)</code></remarks>
internal readonly record struct Head(long Entries, ReadOnlyMemory<byte> ChainMac, long Records, ReadOnlyMemory<byte> RecordSum)
{
    private const int Size = 80;

    public static RecordKey Key { get; } = new(Collections.Head, 0);

    public static Head Read(ReadOnlyMemory<byte> bytes) => bytes.Length == Size
        ? new Head(
            BinaryPrimitives.ReadInt64BigEndian(bytes.Span),
            bytes.Slice(8, 32),
            BinaryPrimitives.ReadInt64BigEndian(bytes.Span[40..]),
            bytes.Slice(48, 32))
        : throw Errors.Damaged("the head record is malformed");

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Entries);
        ChainMac.Span.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(40), Records);
        RecordSum.Span.CopyTo(bytes.AsSpan(48));
        return bytes;
    }
}
