using System.Security.Cryptography;

namespace Sanctum.Operations.Signing;

/// <summary>RSA with SHA-256: PSS with a salt as long as the hash, or PKCS #1 v1.5 (both RFC 8017). At least 2048 bits (NIST SP 800-131A).</summary>
internal sealed class RsaKey : SigningKey
{
    private const int MinBits = 2048;

    private static readonly string[] Suitable = [SignAlgorithms.RsaPssSha256, SignAlgorithms.RsaPkcs1Sha256];

    private readonly RSA _key;

    public RsaKey(RSA key)
    {
        if (key.KeySize < MinBits)
        {
            throw Errors.UnsuitableSecret($"this RSA key has fewer than {MinBits} bits", "use a longer key");
        }

        _key = key;
    }

    public override IReadOnlyList<string> Algorithms => Suitable;

    public override int MaxSignatureSize => (_key.KeySize + 7) / 8;

    public override int Sign(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature) =>
        _key.SignData(data, signature, HashAlgorithmName.SHA256, PaddingOf(algorithm));

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        _key.VerifyData(data, signature, HashAlgorithmName.SHA256, PaddingOf(algorithm));

    public override void Dispose() => _key.Dispose();

    private static RSASignaturePadding PaddingOf(string algorithm) =>
        string.Equals(algorithm, SignAlgorithms.RsaPkcs1Sha256, StringComparison.Ordinal) ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss;
}
