using System.Runtime.InteropServices;
using NSec.Cryptography;

namespace Sanctum.Client.Keys;

/// <summary>
/// NaCl's secretbox (XSalsa20-Poly1305), which neither .NET nor NSec offers, from the libsodium that NSec brings along.
/// </summary>
internal static partial class SecretBox
{
    public const int KeySize = 32;
    public const int NonceSize = 24;
    public const int TagSize = 16;

    // Making NSec's algorithm initialises libsodium, which has to happen before anything else is called in it.
    private static readonly SignatureAlgorithm Initialised = SignatureAlgorithm.Ed25519;

    /// <returns>False when the box was not made with this key and nonce.</returns>
    public static unsafe bool TryDecrypt(ReadOnlySpan<byte> box, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key, Span<byte> message)
    {
        Check(message.Length, box.Length, nonce, key);
        fixed (byte* m = message, c = box, n = nonce, k = key)
        {
            return OpenEasy(m, c, (ulong)box.Length, n, k) == 0;
        }
    }

    public static unsafe void Encrypt(ReadOnlySpan<byte> message, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key, Span<byte> box)
    {
        Check(message.Length, box.Length, nonce, key);
        fixed (byte* c = box, m = message, n = nonce, k = key)
        {
            if (EncryptEasy(c, m, (ulong)message.Length, n, k) != 0)
            {
                throw new System.Security.Cryptography.CryptographicException("libsodium could not encrypt");
            }
        }
    }

    // The native functions trust these lengths.
    private static void Check(int message, int box, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        GC.KeepAlive(Initialised);
        ArgumentOutOfRangeException.ThrowIfNotEqual(box, message + TagSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize);
    }

    [LibraryImport("libsodium", EntryPoint = "crypto_secretbox_open_easy")]
    private static unsafe partial int OpenEasy(byte* message, byte* box, ulong boxLength, byte* nonce, byte* key);

    [LibraryImport("libsodium", EntryPoint = "crypto_secretbox_easy")]
    private static unsafe partial int EncryptEasy(byte* box, byte* message, ulong messageLength, byte* nonce, byte* key);
}
