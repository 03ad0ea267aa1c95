using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>Signatures, checked with other code than made them.</summary>
[Collection(nameof(OperationVault))]
public sealed class SignTests(OperationVault vault)
{
    // Not ASCII: what is signed is the text's UTF-8.
    private const string Text = "the payload, façade, 鍵";
    private static readonly byte[] Data = Encoding.UTF8.GetBytes(Text);

    [Theory]
    [InlineData("sign", "data")]
    [InlineData("sign", "payload")]
    [InlineData("sign_payload", "data")]
    [InlineData("sign_payload", "payload")]
    public async Task Every_spelling_signs(string operation, string parameter)
    {
        var signed = Shape.Of(
            await vault.UseAsync(OperationVault.User, OperationVault.Symmetric, operation, new JsonObject { [parameter] = Text }),
            "signature:string algorithm:string");
        Assert.Equal("hmac-sha256", (string?)signed["algorithm"]);
        Assert.Equal(HMACSHA256.HashData(Encoding.UTF8.GetBytes(OperationVault.Secret), Data), Signature(signed));
    }

    [Fact]
    public async Task Both_spellings_at_once_are_refused()
    {
        var refused = await vault.UseRefusedAsync(
            OperationVault.User, OperationVault.Symmetric, "sign", new JsonObject { ["data"] = "one", ["payload"] = "one" });
        Assert.Equal("INVALID_PARAMS", (string?)refused["code"]);
    }

    [Theory]
    [InlineData("hmac-sha256")]
    [InlineData("hmac-sha384")]
    [InlineData("hmac-sha512")]
    public async Task A_symmetric_secret_makes_HMACs(string algorithm)
    {
        var key = Encoding.UTF8.GetBytes(OperationVault.Secret);
        byte[] expected = algorithm switch
        {
            "hmac-sha256" => HMACSHA256.HashData(key, Data),
            "hmac-sha384" => HMACSHA384.HashData(key, Data),
            _ => HMACSHA512.HashData(key, Data),
        };
        Assert.Equal(expected, await SignAsync(OperationVault.Symmetric, algorithm));
    }

    [Theory]
    [InlineData(OperationVault.Ed25519, null)]
    [InlineData(OperationVault.Ed25519, "ed25519")]
    [InlineData(OperationVault.Ed25519Pem, null)]
    [InlineData(OperationVault.Ed25519Pem, "ed25519")]
    public async Task An_Ed25519_key_signs_as_RFC_8032_says(string path, string? algorithm)
    {
        var signed = await vault.UseAsync(OperationVault.User, path, "sign", Parameters("r", algorithm));
        Assert.Equal("ed25519", (string?)signed["algorithm"]);
        Assert.Equal(Rfc8032.Signature, Signature(signed));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ecdsa-p256-sha256")]
    public async Task A_P256_key_makes_ECDSA_signatures(string? algorithm) => Assert.True(vault.EcdsaKey.VerifyData(
        Data, await SignAsync(OperationVault.Ecdsa, algorithm, "ecdsa-p256-sha256"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    [Fact]
    public async Task An_RSA_key_makes_PSS_signatures() => Assert.True(vault.RsaKey.VerifyData(
        Data, await SignAsync(OperationVault.Rsa, "rsa-pss-sha256"), HashAlgorithmName.SHA256, RSASignaturePadding.Pss));

    [Fact]
    public async Task An_RSA_key_makes_PKCS1_signatures() => Assert.True(vault.RsaKey.VerifyData(
        Data, await SignAsync(OperationVault.Rsa, "rsa-pkcs1-sha256"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    // Key confusion: the text of a private key must never become the key of an HMAC.
    [Theory]
    [InlineData(OperationVault.Rsa, "hmac-sha256")]
    [InlineData(OperationVault.Ed25519, "hmac-sha256")]
    [InlineData(OperationVault.Symmetric, "ed25519")]
    [InlineData(OperationVault.Ecdsa, "rsa-pss-sha256")]
    [InlineData(OperationVault.Symmetric, "none")]
    public async Task A_key_signs_with_its_own_algorithms_only(string path, string algorithm)
    {
        var refused = await vault.UseRefusedAsync(OperationVault.User, path, "sign", Parameters(Text, algorithm));
        Assert.Equal(("UNSUPPORTED_OPERATION", "algorithm"), ((string?)refused["code"], (string?)refused["context"]!["member"]));
    }

    private static JsonObject Parameters(string data, string? algorithm) => algorithm is null
        ? new JsonObject { ["data"] = data }
        : new JsonObject { ["data"] = data, ["algorithm"] = algorithm };

    private static byte[] Signature(JsonNode signed) => Convert.FromBase64String((string)signed["signature"]!);

    private async Task<byte[]> SignAsync(string path, string? algorithm, string? expected = null)
    {
        var signed = await vault.UseAsync(OperationVault.User, path, "sign", Parameters(Text, algorithm));
        Assert.Equal(expected ?? algorithm, (string?)signed["algorithm"]);
        return Signature(signed);
    }
}
