using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NSec.Cryptography;
using Sanctum.Operations;

namespace Sanctum.Tests.Operations.Tokens;

/// <summary>A token, taken apart and checked as its reader would: with the public key alone, and not with the vault's code.</summary>
internal sealed class MintedToken
{
    private readonly byte[] _signed;
    private readonly byte[] _signature;

    public MintedToken(JwtResult result)
    {
        var parts = result.Token.Split('.');
        Assert.Equal(3, parts.Length);
        Header = Json(parts[0]);
        Payload = Json(parts[1]);
        _signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        _signature = Base64Url.DecodeFromChars(parts[2]);
    }

    public JsonElement Header { get; }

    public JsonElement Payload { get; }

    public bool IsSignedBy(RSA key, RSASignaturePadding padding) => key.VerifyData(_signed, _signature, HashAlgorithmName.SHA256, padding);

    public bool IsSignedBy(ECDsa key) =>
        key.VerifyData(_signed, _signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public bool IsSignedBy(PublicKey key) => SignatureAlgorithm.Ed25519.Verify(key, _signed, _signature);

    private static JsonElement Json(string part) => JsonElement.Parse(Base64Url.DecodeFromChars(part));
}
