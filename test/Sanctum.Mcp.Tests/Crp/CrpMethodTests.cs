using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Testing;

namespace Sanctum.Mcp.Tests.Crp;

/// <summary>A host that speaks CRP 0.2 has leases on services by the same connection.</summary>
public sealed class CrpMethodTests
{
    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task A_lease_is_made_listed_renewed_and_revoked(string revision)
    {
        await using var served = await ServeAsync(revision);

        var used = await CallAsync(served, "crp/use", """{"service":"mail/key","scopes":["method:GET"],"context":{"purpose":"newsletter"}}""");
        var id = used.GetProperty("lease").GetProperty("id").GetString();
        var renewed = await CallAsync(served, "crp/lease", $$"""{"leaseId":"{{id}}","action":"renew","ttl":60}""");
        var derived = (await CallAsync(served, "crp/use", $$$"""{"service":"mail/key","delegation":{"parentLeaseId":"{{{id}}}"}}""")).GetProperty("lease").GetProperty("id").GetString();
        var revoked = await CallAsync(served, "crp/revoke", $$"""{"leaseId":"{{id}}","reason":"done"}""");

        Assert.Equal("mail/key", used.GetProperty("service").GetString());
        Assert.StartsWith("http://", used.GetProperty("proxyBaseUrl").GetString(), StringComparison.Ordinal);
        Assert.Equal("api_key", used.GetProperty("credentialDescriptor").GetProperty("type").GetString());
        Assert.Equal(60, renewed.GetProperty("lease").GetProperty("ttl").GetInt64());
        Assert.Equal([id, derived], revoked.GetProperty("affectedLeases").EnumerateArray().Select(lease => lease.GetString()));
        served.Vault.RequireNoSecretIn($"{used}{renewed}{revoked}");
    }

    [Fact]
    public async Task What_is_announced_is_what_the_vault_says_of_itself()
    {
        await using var served = await ServeAsync("2025-11-25");

        var list = await CallAsync(served, "crp/list", "{}");
        var announced = Assert.IsType<JsonElement>(served.Host.ServerCapabilities.Experimental!["crp"]);

        Assert.Equal("mail/key", Assert.Single(list.GetProperty("services").EnumerateArray()).GetProperty("service").GetString());
        Assert.Equal(list.GetProperty("crp").GetRawText(), announced.GetRawText());
    }

    [Theory]
    [InlineData("crp/use", """{"service":"none/such"}""", -33003, "policy_denied")]
    [InlineData("crp/use", """{"service":"mail/key","version":"9.9"}""", -33001, "version_mismatch")]
    [InlineData("crp/use", """{"service":"mail/key","scopes":["admin"]}""", -33009, "scope_unavailable")]
    [InlineData("crp/use", """{"service":"mail/key","identityScope":{}}""", -32602, "invalid_params")]
    [InlineData("crp/use", """{"service":"mail/key","identityScope":"x"}""", -33011, "feature_not_supported")]
    [InlineData("crp/use", """{"service":"mail/key","secret":"x"}""", -32602, "invalid_params")]
    [InlineData("crp/use", "{}", -32602, "invalid_params")]
    [InlineData("crp/lease", """{"leaseId":"00","action":"renew"}""", -33004, "lease_not_found")]
    [InlineData("crp/lease", """{"leaseId":"00","action":"steal"}""", -32602, "invalid_params")]
    [InlineData("crp/revoke", """{"leaseId":"00"}""", -33004, "lease_not_found")]
    [InlineData("crp/list", """{"limit":"many"}""", -32602, "invalid_params")]
    public async Task A_refusal_has_CRPs_number(string method, string parameters, int code, string name)
    {
        await using var served = await ServeAsync("2025-11-25");

        var error = await Assert.ThrowsAsync<McpProtocolException>(() => CallAsync(served, method, parameters));

        Assert.Equal((code, name), ((int)error.ErrorCode, error.Data["name"]));
    }

    private static async Task<ServedVault> ServeAsync(string revision)
    {
        var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = PolicyActions.None | PolicyActions.List }, revision: revision);
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, new CredentialOptions { Hosts = ["api.mail.example"] });
        await served.Vault.Vault.Policies.AddAsync(served.Vault.Operator, new Policy { Name = "mail", Principal = "agent:*", Resources = ["mail/*"], Actions = PolicyActions.Use });
        return served;
    }

    private static async Task<JsonElement> CallAsync(ServedVault served, string method, string parameters)
    {
        var response = await served.Host.SendRequestAsync(new JsonRpcRequest { Method = method, Params = System.Text.Json.Nodes.JsonNode.Parse(parameters) });
        return JsonElement.Parse(response.Result!.ToJsonString());
    }
}
