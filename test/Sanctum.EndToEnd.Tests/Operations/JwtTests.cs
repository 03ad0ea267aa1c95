using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Errors;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary><c>jwt</c>: tokens minted with a key that the agent never sees, as the operator's options allow.</summary>
[Collection(nameof(OperationVault))]
public sealed class JwtTests(OperationVault vault)
{
    private static readonly JsonObject Asked = new() { ["claims"] = new JsonObject { ["sub"] = "installation" }, ["lifetime"] = 60, ["key_id"] = "k1" };

    [Fact]
    public async Task A_token_says_what_the_operator_fixed_and_what_the_call_may_say()
    {
        await StoreAsync("apps/github");
        var minted = Shape.Of(await vault.UseAsync(OperationVault.User, "apps/github", "jwt", Asked), "token:string algorithm:string expires_at:time");
        Assert.Equal("RS256", (string?)minted["algorithm"]);
        var parts = ((string)minted["token"]!).Split('.');
        Assert.True(vault.RsaKey.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Decode(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        var claims = JsonNode.Parse(Decode(parts[1]))!;
        Assert.Equal(("123456", "installation", 60), ((string)claims["iss"]!, (string)claims["sub"]!, (int)claims["exp"]! - (int)claims["iat"]!));
        Assert.Equal("k1", (string?)JsonNode.Parse(Decode(parts[0]))!["kid"]);
    }

    [Theory]
    [InlineData("""{"claims":{"iss":"other"}}""", "claims.iss")]
    [InlineData("""{"claims":{"aud":"x"}}""", "claims.aud")]
    [InlineData("""{"claims":{"exp":9999999999}}""", "claims.exp")]
    [InlineData("""{"lifetime":601}""", "lifetime")]
    public async Task What_the_operator_did_not_allow_is_refused_by_name(string parameters, string member)
    {
        await StoreAsync("apps/github");
        ErrorObject.Names(member, "INVALID_PARAMS", await vault.UseRefusedAsync(OperationVault.User, "apps/github", "jwt", JsonNode.Parse(parameters)!.AsObject()));
    }

    [Fact]
    public async Task Without_the_operators_rules_there_is_no_token_and_with_them_no_other_signature()
    {
        await StoreAsync("apps/github");
        Assert.Equal("UNSUPPORTED_OPERATION", (string?)(await vault.UseRefusedAsync(OperationVault.User, OperationVault.Rsa, "jwt", Asked))["code"]);
        Assert.Equal("UNSUPPORTED_OPERATION", (string?)(await vault.UseRefusedAsync(OperationVault.User, "apps/github", "sign", new JsonObject { ["data"] = "x.y" }))["code"]);
    }

    private Task StoreAsync(string path) => vault.Home.StoreAsync(
        path, vault.RsaKey.ExportPkcs8PrivateKeyPem(), "--jwt-claim", "iss=123456", "--jwt-allow", "sub", "--jwt-max-lifetime", "600");

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
