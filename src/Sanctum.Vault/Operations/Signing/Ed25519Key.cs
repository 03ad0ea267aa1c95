using NSec.Cryptography;

namespace Sanctum.Operations.Signing;

/// <summary>Ed25519 (RFC 8032). The expanded key lies in libsodium's guarded memory and is zeroed with it.</summary>
internal sealed class Ed25519Key : SigningKey
{
    private static readonly string[] Suitable = [SignAlgorithms.Ed25519];

    private readonly Key _key;

    public Ed25519Key(ReadOnlySpan<byte> seed) => _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);

    public override IReadOnlyList<string> Algorithms => Suitable;

    public override int MaxSignatureSize => SignatureAlgorithm.Ed25519.SignatureSize;

    public override int Sign(string algorithm, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        var size = SignatureAlgorithm.Ed25519.SignatureSize;
        SignatureAlgorithm.Ed25519.Sign(_key, data, signature[..size]);
        return size;
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureAlgorithm.Ed25519.SignatureSize && SignatureAlgorithm.Ed25519.Verify(_key.PublicKey, data, signature);

    public override void Dispose() => _key.Dispose();
}
