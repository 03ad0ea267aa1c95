using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary>The operations by the Rust dialect: the same results, under <c>output</c>.</summary>
[Collection(nameof(OperationVault))]
public sealed class RustSpellingTests(OperationVault vault)
{
    [Theory]
    [InlineData("sign", """{"payload":"x"}""", "signature:string algorithm:string")]
    [InlineData("sign_payload", """{"data":"x"}""", "signature:string algorithm:string")]
    [InlineData("verify", """{"data":"x","signature":"AAAA"}""", "valid:boolean")]
    [InlineData("encrypt", """{"plaintext":"x"}""", "ciphertext:string")]
    [InlineData("http_header", "null", "header:string header_name:string header_value:string")]
    public async Task Every_operation_returns_its_result_under_output(string operation, string parameters, string members)
    {
        using var wire = await vault.SignInRustAsync(OperationVault.Holder);
        var used = Shape.Of(await UseAsync(wire, operation, JsonNode.Parse(parameters)), "success:true output:object");
        Shape.Of(used["output"], members);
    }

    [Fact]
    public async Task What_was_encrypted_decrypts()
    {
        using var wire = await vault.SignInRustAsync(OperationVault.Holder);
        var encrypted = await UseAsync(wire, "encrypt", new JsonObject { ["data"] = "x" });
        var decrypted = await UseAsync(wire, "decrypt", new JsonObject { ["data"] = (string)encrypted["output"]!["ciphertext"]! });
        Assert.Equal("x", (string?)Shape.Of(decrypted["output"], "plaintext:string")["plaintext"]);
    }

    private static async Task<JsonNode> UseAsync(WireClient wire, string operation, JsonNode? parameters) =>
        WireClient.Result(await wire.CallAsync(
            "credential.use", new JsonObject { ["path"] = OperationVault.Symmetric, ["operation"] = operation, ["params"] = parameters }));
}
