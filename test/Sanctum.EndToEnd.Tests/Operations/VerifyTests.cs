using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>Checking signatures that other code made.</summary>
[Collection(nameof(OperationVault))]
public sealed class VerifyTests(OperationVault vault)
{
    private const string Text = "the payload, façade, 鍵";
    private static readonly byte[] Data = Encoding.UTF8.GetBytes(Text);
    private static readonly byte[] SymmetricKey = Encoding.UTF8.GetBytes(OperationVault.Secret);

    [Theory]
    [InlineData("data")]
    [InlineData("payload")]
    public async Task Every_spelling_verifies(string parameter)
    {
        foreach (var (text, valid) in new[] { (Text, true), (Text + " ", false) })
        {
            var verified = Shape.Of(
                await vault.UseAsync(OperationVault.User, OperationVault.Symmetric, "verify", new JsonObject
                {
                    [parameter] = text,
                    ["signature"] = Convert.ToBase64String(HMACSHA256.HashData(SymmetricKey, Data)),
                }),
                "valid:boolean");
            Assert.Equal(valid, (bool)verified["valid"]!);
        }
    }

    [Theory]
    [InlineData(OperationVault.Symmetric, "hmac-sha256")]
    [InlineData(OperationVault.Symmetric, "hmac-sha384")]
    [InlineData(OperationVault.Symmetric, "hmac-sha512")]
    [InlineData(OperationVault.Ecdsa, "ecdsa-p256-sha256")]
    [InlineData(OperationVault.Rsa, "rsa-pss-sha256")]
    [InlineData(OperationVault.Rsa, "rsa-pkcs1-sha256")]
    public async Task A_right_signature_is_valid_and_one_with_another_bit_is_not(string path, string algorithm)
    {
        var signature = Make(algorithm);
        Assert.True(await VerifyAsync(path, Text, signature, algorithm));
        signature[^1] ^= 1;
        Assert.False(await VerifyAsync(path, Text, signature, algorithm));
    }

    [Theory]
    [InlineData(OperationVault.Ed25519)]
    [InlineData(OperationVault.Ed25519Pem)]
    public async Task The_signature_of_RFC_8032_is_valid_over_its_message_only(string path)
    {
        Assert.True(await VerifyAsync(path, "r", Rfc8032.Signature, "ed25519"));
        Assert.False(await VerifyAsync(path, "s", Rfc8032.Signature, "ed25519"));
    }

    [Fact]
    public async Task What_is_no_base64_is_refused_and_not_called_invalid()
    {
        var refused = await vault.UseRefusedAsync(
            OperationVault.User, OperationVault.Symmetric, "verify", new JsonObject { ["data"] = Text, ["signature"] = "?" });
        Assert.Equal(("INVALID_PARAMS", "signature"), ((string?)refused["code"], (string?)refused["context"]!["member"]));
    }

    private byte[] Make(string algorithm) => algorithm switch
    {
        "hmac-sha256" => HMACSHA256.HashData(SymmetricKey, Data),
        "hmac-sha384" => HMACSHA384.HashData(SymmetricKey, Data),
        "hmac-sha512" => HMACSHA512.HashData(SymmetricKey, Data),
        "ecdsa-p256-sha256" => vault.EcdsaKey.SignData(Data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
        "rsa-pss-sha256" => vault.RsaKey.SignData(Data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        _ => vault.RsaKey.SignData(Data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
    };

    private async Task<bool> VerifyAsync(string path, string text, byte[] signature, string algorithm)
    {
        var parameters = new JsonObject
        {
            ["data"] = text,
            ["signature"] = Convert.ToBase64String(signature),
            ["algorithm"] = algorithm,
        };
        return (bool)(await vault.UseAsync(OperationVault.User, path, "verify", parameters))["valid"]!;
    }
}
