using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Operations.Signing;

/// <summary>
/// Reads the seed in a credential of type <c>ed25519</c>: 32 raw bytes, 64 hex digits, or the base64 of 32 bytes (44
/// characters). The three differ in length, so none can be taken for another; white space around text is ignored.
/// </summary>
internal static class Ed25519Seed
{
    private const int Size = 32;
    private const int HexLength = 64;
    private const int Base64Length = 44;

    public static SigningKey Read(ReadOnlySpan<byte> secret)
    {
        if (secret.Length == Size)
        {
            return new Ed25519Key(secret);
        }

        Span<byte> seed = stackalloc byte[Size];
        try
        {
            return TryDecode(secret[Ascii.Trim(secret)], seed) ? new Ed25519Key(seed) : throw NotASeed();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> seed) => text.Length switch
    {
        HexLength => Convert.FromHexString(text, seed, out _, out _) == OperationStatus.Done,
        Base64Length => Base64.DecodeFromUtf8(text, seed, out _, out var size) == OperationStatus.Done && size == Size,
        _ => false,
    };

    private static VaultException NotASeed() => Errors.UnsuitableSecret(
        "this credential is of type ed25519, but its secret is not an Ed25519 seed",
        "store 32 raw bytes, 64 hex digits, the base64 of 32 bytes, or a PEM private key");
}
