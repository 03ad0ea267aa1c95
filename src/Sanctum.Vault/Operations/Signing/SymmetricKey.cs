using System.Security.Cryptography;
using Sanctum.Crypto;

namespace Sanctum.Operations.Signing;

/// <summary>
/// HMAC (RFC 2104) under the secret's own bytes, not under a key derived from them, so that whoever shares the secret can verify.
/// Borrows the secret: whoever opened it disposes it.
/// </summary>
internal sealed class SymmetricKey : SigningKey
{
    private static readonly string[] Suitable = [SignAlgorithms.HmacSha256, SignAlgorithms.HmacSha384, SignAlgorithms.HmacSha512];

    private readonly SecretBytes _secret;

    public SymmetricKey(SecretBytes secret) => _secret = secret.Length > 0
        ? secret
        : throw Errors.UnsuitableSecret("an empty secret can't sign", "store the secret first");

    public override IReadOnlyList<string> Algorithms => Suitable;

    public override int MaxSignatureSize => HMACSHA512.HashSizeInBytes;

    public override int Sign(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature) => algorithm switch
    {
        SignAlgorithms.HmacSha384 => HMACSHA384.HashData(_secret.Span, data, signature),
        SignAlgorithms.HmacSha512 => HMACSHA512.HashData(_secret.Span, data, signature),
        _ => HMACSHA256.HashData(_secret.Span, data, signature),
    };

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[HMACSHA512.HashSizeInBytes];
        var size = Sign(algorithm, data, expected);
        return CryptographicOperations.FixedTimeEquals(expected[..size], signature);
    }

    public override void Dispose()
    {
    }
}
