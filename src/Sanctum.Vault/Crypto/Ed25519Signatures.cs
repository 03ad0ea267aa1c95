using System.Runtime.InteropServices;
using NSec.Cryptography;

namespace Sanctum.Crypto;

/// <summary>Checks agents' keys and signatures.</summary>
internal static partial class Ed25519Signatures
{
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    /// <summary>
    /// Whether 32 bytes are a public key that somebody can hold the private key of: canonical, on the curve, of the prime-order
    /// subgroup. With a low-order key anybody could make signatures that verify.
    /// </summary>
    public static bool IsAcceptable(ReadOnlySpan<byte> publicKey)
    {
        // NSec has initialised the library by the time it has looked at the key.
        return publicKey.Length == PublicKeySize
            && PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out _)
            && IsValidPoint(publicKey) == 1;
    }

    public static PublicKey Import(ReadOnlySpan<byte> publicKey) =>
        PublicKey.Import(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey);

    public static bool Verify(PublicKey key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureSize && SignatureAlgorithm.Ed25519.Verify(key, message, signature);

    [LibraryImport("libsodium", EntryPoint = "crypto_core_ed25519_is_valid_point")]
    private static partial int IsValidPoint(ReadOnlySpan<byte> point);
}
