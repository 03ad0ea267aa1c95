using System.Buffers.Binary;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Storage;

/// <summary>The numbers of the collections. Never reused.</summary>
internal static class Collections
{
    public const byte Head = 0;
    public const byte Credentials = 1;
    public const byte Secrets = 2;
    public const byte Agents = 3;
    public const byte Policies = 4;
    public const byte Leases = 5;
    public const byte Proposals = 6;
    public const byte KeyDocuments = 7;

    /// <summary>No collection: names that nobody has are hashed under it, so that their hashes are no record's key.</summary>
    public const byte Unknown = 255;
}

/// <summary>
/// Names records and encrypts them, each bound to its vault, collection, key and revision: a row that was edited, renamed, swapped
/// with another or put into another vault can't be decrypted.
/// </summary>
internal sealed class RecordCodec(VaultKeys keys)
{
    // "sanctum/record/v1" | vault id (16) | collection (1) | id (16) | revision (8), all numbers big-endian.
    private const int PlaceSize = 17 + 16 + 1 + 16 + 8;

    /// <summary>The key that a name has in a collection: the first half of an HMAC-SHA256 of both.</summary>
    public RecordKey KeyOf(byte collection, string name)
    {
        Span<byte> mac = stackalloc byte[MacKey.Size];
        keys.Index.Compute([collection], Encoding.UTF8.GetBytes(name), mac);
        return new RecordKey(collection, BinaryPrimitives.ReadUInt128BigEndian(mac));
    }

    /// <summary>The bytes that say where a record lies: what its ciphertext is bound to.</summary>
    public byte[] Place(RecordKey key, long revision)
    {
        var place = new byte[PlaceSize];
        "sanctum/record/v1"u8.CopyTo(place);
        keys.VaultId.CopyTo(place, 17);
        place[33] = key.Collection;
        BinaryPrimitives.WriteUInt128BigEndian(place.AsSpan(34), key.Id);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(50), revision);
        return place;
    }

    public StoredRecord Encrypt(RecordKey key, long revision, ReadOnlySpan<byte> plaintext) =>
        new(key, revision, keys.Records.Encrypt(plaintext, Place(key, revision)));

    public byte[] Decrypt(StoredRecord record)
    {
        var plaintext = new byte[Math.Max(0, record.Data.Length - Envelope.Overhead)];
        return keys.Records.TryDecrypt(record.Data.Span, Place(record.Key, record.Revision), plaintext)
            ? plaintext
            : throw Errors.Damaged("a record can't be decrypted at its position");
    }
}
