using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Operations.Encryption;

/// <summary>
/// What <c>encrypt</c> gives and <c>decrypt</c> takes: AES-256-GCM under a key of the secret's, readable by this vault with the same
/// version of the same credential and the same <c>aad</c> only.
/// <code>
/// sanctum:v1:VERSION:BASE64URL( nonce 12 | ciphertext | tag 16 )
/// key = HKDF-SHA256(secret, salt: vault id, info: "sanctum/v1/encrypt/aes-256-gcm")
/// ad  = "sanctum:v1" 0 | version u32be | path length u16be | path | aad
/// </code>
/// </summary>
internal static class Ciphertext
{
    /// <summary>The shortest secret: 128 bits, if they are random ones.</summary>
    public const int MinSecretSize = 16;

    private const string Prefix = "sanctum:v1:";
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private static readonly SearchValues<char> Base64UrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>How long the text is for so many bytes.</summary>
    public static long LengthOf(int version, int plaintextSize) =>
        Prefix.Length + version.ToString(CultureInfo.InvariantCulture).Length + 1 + ((NonceSize + (long)plaintextSize + TagSize) * 4 + 2) / 3;

    public static string Encrypt(OperationContext context, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> aad)
    {
        var version = context.Credential.Version;
        var encrypted = new byte[NonceSize + plaintext.Length + TagSize];
        var nonce = encrypted.AsSpan(0, NonceSize);

        // Random nonces of 96 bits are good for 2^32 texts under one key (NIST SP 800-38D, section 8.3).
        RandomNumberGenerator.Fill(nonce);
        using var gcm = CipherOf(context.Secret, context.VaultId);
        gcm.Encrypt(
            nonce,
            plaintext,
            encrypted.AsSpan(NonceSize, plaintext.Length),
            encrypted.AsSpan(NonceSize + plaintext.Length),
            AssociatedData(version, context.Credential.Path, aad));
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{version}:{Base64Url.EncodeToString(encrypted)}");
    }

    /// <summary>Splits the text, if it has the form; anything that is not exactly as written by <see cref="Encrypt"/> has not.</summary>
    public static bool TryParse(string text, out int version, out byte[] encrypted)
    {
        (version, encrypted) = (0, []);
        var rest = text.StartsWith(Prefix, StringComparison.Ordinal) ? text.AsSpan(Prefix.Length) : default;
        var colon = rest.IndexOf(':');
        if (colon <= 0 || rest[0] == '0'
            || !int.TryParse(rest[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out version)
            || rest[(colon + 1)..].ContainsAnyExcept(Base64UrlCharacters))
        {
            return false;
        }

        var encoded = rest[(colon + 1)..];
        var decoded = new byte[Base64Url.GetMaxDecodedLength(encoded.Length)];
        if (Base64Url.DecodeFromChars(encoded, decoded, out _, out var size) != OperationStatus.Done || size < NonceSize + TagSize)
        {
            return false;
        }

        encrypted = decoded[..size];
        return true;
    }

    /// <summary>Decrypts it with the secret of its version; false when it was not encrypted so.</summary>
    public static bool TryDecrypt(
        OperationContext context, SecretBytes secret, int version, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> aad, Span<byte> plaintext)
    {
        if (secret.Length < MinSecretSize)
        {
            return false;
        }

        using var gcm = CipherOf(secret, context.VaultId);
        try
        {
            gcm.Decrypt(
                encrypted[..NonceSize],
                encrypted[NonceSize..^TagSize],
                encrypted[^TagSize..],
                plaintext,
                AssociatedData(version, context.Credential.Path, aad));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public static int PlaintextSize(ReadOnlySpan<byte> encrypted) => encrypted.Length - NonceSize - TagSize;

    // HKDF whole, not its expand step alone: that is HMAC(secret, info), which an agent could simply have signed. Extracting first
    // makes the secret the message under the salt, and no signature tells anything of that.
    private static AesGcm CipherOf(SecretBytes secret, Guid vaultId)
    {
        Span<byte> salt = stackalloc byte[16];
        vaultId.TryWriteBytes(salt, bigEndian: true, out _);
        Span<byte> key = stackalloc byte[32];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Span, key, salt, "sanctum/v1/encrypt/aes-256-gcm"u8);
            return new AesGcm(key, TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] AssociatedData(int version, CredentialPath path, ReadOnlySpan<byte> aad)
    {
        var label = "sanctum:v1\0"u8;
        var data = new byte[label.Length + sizeof(uint) + sizeof(ushort) + path.Value.Length + aad.Length];
        var rest = data.AsSpan();
        label.CopyTo(rest);
        rest = rest[label.Length..];
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)version);
        BinaryPrimitives.WriteUInt16BigEndian(rest[sizeof(uint)..], (ushort)path.Value.Length);
        rest = rest[(sizeof(uint) + sizeof(ushort))..];
        Encoding.ASCII.GetBytes(path.Value, rest);
        aad.CopyTo(rest[path.Value.Length..]);
        return data;
    }
}
