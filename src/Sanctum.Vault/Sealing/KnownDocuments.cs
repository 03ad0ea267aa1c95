using System.Security.Cryptography;
using Sanctum.Audit;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>
/// The key documents that a vault knows as its own: one, or two while one takes the other's place. It is a record, so that an earlier document that somebody
/// put back is noticed. A vault that never had a seal provider has no such record.
/// </summary>
/// <remarks><code>SHA-256 of a document (32), once or twice</code></remarks>
internal sealed record KnownDocuments(IReadOnlyList<byte[]> Digests)
{
    private const string Name = "key-document";

    public static KnownDocuments Read(ReadOnlySpan<byte> bytes) => bytes.Length is SHA256.HashSizeInBytes or 2 * SHA256.HashSizeInBytes
        ? new KnownDocuments([.. bytes.ToArray().Chunk(SHA256.HashSizeInBytes)])
        : throw Errors.Damaged("the record of the key document is malformed");

    /// <summary>The change that has the vault know these and no others.</summary>
    public static RecordChange Of(RecordCodec codec, params KeyDocument[] documents)
    {
        var known = new KnownDocuments([.. documents.Select(document => document.Digest)]);
        return new RecordChange(codec.KeyOf(Collections.KeyDocuments, Name), [.. known.Digests.SelectMany(digest => digest)], known);
    }

    /// <summary>Whether a document is the one that the vault wrote last, or the one before where that can't be told.</summary>
    /// <param name="known">What the vault knows; null where it never had a provider.</param>
    /// <param name="document">What lies in the store.</param>
    public static bool AreCurrent(KnownDocuments? known, KeyDocument document) => known is null
        ? document.Providers is null
        : known.Digests.Any(digest => CryptographicOperations.FixedTimeEquals(digest, document.Digest));
}
