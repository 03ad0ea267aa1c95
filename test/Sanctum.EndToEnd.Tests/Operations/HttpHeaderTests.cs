using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Operations;

/// <summary><c>http_header</c>, which gives the secret away.</summary>
[Collection(nameof(OperationVault))]
public sealed class HttpHeaderTests(OperationVault vault)
{
    [Theory]
    [InlineData(null, null, "Authorization", "Bearer " + OperationVault.Secret)]
    [InlineData("bearer", null, "Authorization", "Bearer " + OperationVault.Secret)]
    [InlineData("api_key", null, "X-API-Key", OperationVault.Secret)]
    [InlineData("basic", null, "Authorization", "Basic YSBzeW1tZXRyaWMgc2VjcmV0LCBsb25nIGVub3VnaA==")]
    [InlineData("custom", "X-Own-Key", "X-Own-Key", OperationVault.Secret)]
    public async Task Every_header_type_makes_its_header(string? type, string? name, string headerName, string headerValue)
    {
        var made = Shape.Of(
            await vault.UseAsync(OperationVault.Holder, OperationVault.Symmetric, "http_header", With(type, name)),
            "header:string header_name:string header_value:string");
        Assert.Equal(
            (headerName, headerValue, $"{headerName}: {headerValue}"),
            ((string?)made["header_name"], (string?)made["header_value"], (string?)made["header"]));
    }

    [Fact]
    public async Task A_credential_may_have_a_header_type_of_its_own()
    {
        var made = await vault.UseAsync(OperationVault.Holder, OperationVault.Basic, "http_header");
        Assert.Equal("Authorization: Basic bmFtZTp3b3Jk", (string?)made["header"]);
    }

    [Theory]
    [InlineData("cookie", null, "header_type")]
    [InlineData("custom", null, "header_name")]
    [InlineData("custom", "X-Own: x\r\nX-Other", "header_name")]
    [InlineData("bearer", "X-Own", "header_name")]
    public async Task What_makes_no_header_is_refused(string type, string? name, string member)
    {
        var refused = await vault.UseRefusedAsync(OperationVault.Holder, OperationVault.Symmetric, "http_header", With(type, name));
        Assert.Equal(("INVALID_PARAMS", member), ((string?)refused["code"], (string?)refused["context"]!["member"]));
    }

    [Theory]
    [InlineData(OperationVault.User)]
    [InlineData(OperationVault.Reader)]
    public async Task It_needs_both_grants_for_it_discloses_the_secret(string agent)
    {
        var refused = await vault.UseRefusedAsync(agent, OperationVault.Symmetric, "http_header");
        Assert.Equal("ACCESS_DENIED", (string?)refused["code"]);
    }

    private static JsonObject With(string? type, string? name)
    {
        var parameters = new JsonObject();
        foreach (var (member, value) in new[] { ("header_type", type), ("header_name", name) })
        {
            if (value is not null)
            {
                parameters[member] = value;
            }
        }

        return parameters;
    }
}
