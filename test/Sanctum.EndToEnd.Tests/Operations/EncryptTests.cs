using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary><c>encrypt</c> and <c>decrypt</c>.</summary>
[Collection(nameof(OperationVault))]
public sealed class EncryptTests(OperationVault vault)
{
    private const string Text = "the payload, façade, 鍵\0\"";

    [Theory]
    [InlineData("data", "data", null)]
    [InlineData("data", "ciphertext", null)]
    [InlineData("plaintext", "data", "bound to this")]
    [InlineData("plaintext", "ciphertext", "bound to this")]
    public async Task What_was_encrypted_comes_back_in_every_spelling(string plaintext, string ciphertext, string? aad)
    {
        var encrypted = Shape.Of(await EncryptAsync(OperationVault.Symmetric, plaintext, aad), "ciphertext:string");
        Assert.DoesNotContain("payload", (string?)encrypted["ciphertext"], StringComparison.Ordinal);
        var decrypted = await vault.UseAsync(
            OperationVault.User, OperationVault.Symmetric, "decrypt", With(ciphertext, (string)encrypted["ciphertext"]!, aad));
        Assert.Equal(Text, (string?)Shape.Of(decrypted, "plaintext:string")["plaintext"]);
    }

    [Fact]
    public async Task The_same_text_never_encrypts_to_the_same()
    {
        var once = await EncryptAsync(OperationVault.Symmetric, "data", null);
        Assert.NotEqual((string?)once["ciphertext"], (string?)(await EncryptAsync(OperationVault.Symmetric, "data", null))["ciphertext"]);
    }

    [Theory]
    [InlineData("bound to this", null, OperationVault.Symmetric)]
    [InlineData("bound to this", "bound to that", OperationVault.Symmetric)]
    [InlineData(null, "bound to this", OperationVault.Symmetric)]
    [InlineData(null, null, OperationVault.SameSecret)]
    public async Task Nothing_decrypts_with_another_aad_or_another_credential(string? aad, string? otherAad, string path)
    {
        var ciphertext = (string)(await EncryptAsync(OperationVault.Symmetric, "data", aad))["ciphertext"]!;
        var refused = await vault.UseRefusedAsync(OperationVault.User, path, "decrypt", With("ciphertext", ciphertext, otherAad));
        Assert.Equal(("INVALID_PARAMS", "ciphertext"), ((string?)refused["code"], (string?)refused["context"]!["member"]));
    }

    [Fact]
    public async Task What_an_older_version_encrypted_still_decrypts()
    {
        const string path = "keys/rotated";
        await vault.Home.StoreAsync(path, "the first secret of this path");
        var ciphertext = (string)(await EncryptAsync(path, "data", null))["ciphertext"]!;
        await vault.Home.StoreAsync(path, "the second secret of this path");
        var decrypted = await vault.UseAsync(OperationVault.User, path, "decrypt", With("data", ciphertext, null));
        Assert.Equal(Text, (string?)decrypted["plaintext"]);
    }

    private static JsonObject With(string parameter, string value, string? aad)
    {
        var parameters = new JsonObject { [parameter] = value };
        if (aad is not null)
        {
            parameters["aad"] = aad;
        }

        return parameters;
    }

    private Task<JsonNode> EncryptAsync(string path, string parameter, string? aad) =>
        vault.UseAsync(OperationVault.User, path, "encrypt", With(parameter, Text, aad));
}
