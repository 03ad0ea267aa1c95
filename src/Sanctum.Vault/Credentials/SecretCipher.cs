using System.Security.Cryptography;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Credentials;

/// <summary>
/// Encrypts and decrypts secrets: the one place that does. Each version of a credential has a random key of its own, so a key that
/// got out opens one version of one secret; that key is wrapped by the vault's, and both are bound to where they lie.
/// </summary>
/// <remarks><code>wrapped key (12 + 32 + 16) | nonce (12) | ciphertext | tag (16)</code></remarks>
internal sealed class SecretCipher(VaultKeys keys, RecordCodec codec)
{
    private const int WrappedSize = KeyWrap.WrappedSize;
    private const int NonceSize = 12;
    private const int TagSize = Envelope.TagSize;

    /// <summary>The record of a version. It is written once, at revision 1.</summary>
    public RecordKey KeyOf(CredentialPath path, int version) => codec.KeyOf(Collections.Secrets, $"{path.Value}|{version}");

    public byte[] Encrypt(RecordKey key, ReadOnlySpan<byte> secret)
    {
        var place = codec.Place(key, 1);
        var data = new byte[WrappedSize + NonceSize + secret.Length + TagSize];
        using var dataKey = new SecretBytes(KeyWrap.KeySize);
        RandomNumberGenerator.Fill(dataKey.Writable);
        keys.DataKeys.Wrap(dataKey.Span, place, data.AsSpan(0, WrappedSize));

        // The key encrypts this one message and no other; the nonce is random all the same.
        var body = data.AsSpan(WrappedSize);
        RandomNumberGenerator.Fill(body[..NonceSize]);
        using var gcm = new AesGcm(dataKey.Span, TagSize);
        gcm.Encrypt(body[..NonceSize], secret, body[NonceSize..^TagSize], body[^TagSize..], place);
        return data;
    }

    /// <exception cref="VaultException">It does not open; the message names the credential.</exception>
    public SecretBytes Decrypt(StoredRecord record, CredentialPath path, int version)
    {
        var data = record.Data.Span;
        var place = codec.Place(record.Key, record.Revision);
        using var dataKey = new SecretBytes(KeyWrap.KeySize);
        if (data.Length < WrappedSize + NonceSize + TagSize || !keys.DataKeys.TryUnwrap(data[..WrappedSize], place, dataKey.Writable))
        {
            throw Errors.SecretDamaged(path, version, "its key can't be decrypted at its position");
        }

        var body = data[WrappedSize..];
        var secret = new SecretBytes(body.Length - NonceSize - TagSize);
        try
        {
            using var gcm = new AesGcm(dataKey.Span, TagSize);
            gcm.Decrypt(body[..NonceSize], body[NonceSize..^TagSize], body[^TagSize..], secret.Writable, place);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            secret.Dispose();
            throw Errors.SecretDamaged(path, version, "it can't be decrypted at its position");
        }
    }
}
