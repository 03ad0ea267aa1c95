using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Client.Keys;

/// <summary>
/// A seed under a passphrase:
/// <code>
/// salt (16) | nonce (24) | box (16-byte tag, then the 32-byte seed)                        88 bytes
/// key = PBKDF2-HMAC-SHA256(passphrase as UTF-8, salt, 100,000 iterations, 32 bytes)
/// box = NaCl secretbox: XSalsa20-Poly1305
/// </code>
/// The iteration count is part of the format that the published SDKs read: it can't be raised here.
/// </summary>
internal static class ProtectedSeed
{
    public const int Size = SaltSize + SecretBox.NonceSize + SecretBox.TagSize + AgentKey.SeedSize;

    private const int SaltSize = 16;
    private const int Iterations = 100_000;

    public static bool TryDecrypt(ReadOnlySpan<byte> file, string passphrase, Span<byte> seed)
    {
        Span<byte> key = stackalloc byte[SecretBox.KeySize];
        try
        {
            DeriveKey(passphrase, file[..SaltSize], key);
            return SecretBox.TryDecrypt(file[(SaltSize + SecretBox.NonceSize)..], file.Slice(SaltSize, SecretBox.NonceSize), key, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public static byte[] Encrypt(ReadOnlySpan<byte> seed, string passphrase)
    {
        var file = new byte[Size];
        var salt = file.AsSpan(0, SaltSize);
        var nonce = file.AsSpan(SaltSize, SecretBox.NonceSize);
        RandomNumberGenerator.Fill(file.AsSpan(0, SaltSize + SecretBox.NonceSize));
        Span<byte> key = stackalloc byte[SecretBox.KeySize];
        try
        {
            DeriveKey(passphrase, salt, key);
            SecretBox.Encrypt(seed, nonce, key, file.AsSpan(SaltSize + SecretBox.NonceSize));
            return file;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void DeriveKey(string passphrase, ReadOnlySpan<byte> salt, Span<byte> key)
    {
        var utf8 = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(passphrase), pinned: true);
        try
        {
            Encoding.UTF8.GetBytes(passphrase, utf8);
            Rfc2898DeriveBytes.Pbkdf2(utf8, salt, key, Iterations, HashAlgorithmName.SHA256);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(utf8);
        }
    }
}
