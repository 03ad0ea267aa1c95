using System.Security.Cryptography;

namespace Sanctum.Operations.Signing;

/// <summary>
/// ECDSA over P-256 with SHA-256 (FIPS 186-5). The signature is the ASN.1 DER sequence of r and s (RFC 3279, section 2.2.3).
/// openssl, Node.js, Java, Go and Python's cryptography use the same form; JWS (RFC 7518) has the two numbers without DER.
/// </summary>
internal sealed class EcdsaP256Key : SigningKey
{
    private const DSASignatureFormat Format = DSASignatureFormat.Rfc3279DerSequence;
    private const string P256 = "1.2.840.10045.3.1.7";

    private static readonly string[] Suitable = [SignAlgorithms.EcdsaP256Sha256];

    private readonly ECDsa _key;

    public EcdsaP256Key(ECDsa key)
    {
        // By the curve's name, not its size: there are other curves of 256 bits. One that is spelt out has no name.
        if (key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value != P256)
        {
            throw Errors.UnsuitableSecret("this private key is on a curve other than P-256", "use a key on P-256 (prime256v1)");
        }

        _key = key;
    }

    public override IReadOnlyList<string> Algorithms => Suitable;

    public override int MaxSignatureSize => _key.GetMaxSignatureSize(Format);

    public override int Sign(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature) =>
        _key.SignData(data, signature, HashAlgorithmName.SHA256, Format);

    // RFC 7518, section 3.4: r and s, 32 bytes each. Never longer than the sequence's longest.
    public override int SignForJws(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature) =>
        _key.SignData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        _key.VerifyData(data, signature, HashAlgorithmName.SHA256, Format);

    public override void Dispose() => _key.Dispose();
}
