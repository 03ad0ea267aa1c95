using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Testing;

namespace Sanctum.Mcp.Tests.Tools;

/// <summary>Programs that know another set of tools find it, and get no more by it.</summary>
public sealed class AliasTests
{
    [Theory]
    [InlineData("v1", "vault_store vault_retrieve vault_delete vault_list credential_resolve credential_lease policy_check audit_log")]
    [InlineData("v2", "sanctum_list_credentials sanctum_get_credential sanctum_store_credential sanctum_delete_credential sanctum_search_credentials sanctum_get_audit_log sanctum_check_policy")]
    [InlineData("v3", "sanctum_store sanctum_retrieve sanctum_list sanctum_status")]
    public async Task Each_set_is_there_once_beside_ours(string set, string names)
    {
        await using var served = await ServeAsync(set);

        var listed = (await served.Host.ListToolsAsync()).Select(tool => tool.Name).ToList();

        Assert.Empty(names.Split(' ').Except(listed));
        Assert.Equal(listed.Distinct(), listed);
        Assert.Contains("sanctum_http_request", listed);
    }

    [Theory]
    [InlineData("v1", "vault_retrieve", "key")]
    [InlineData("v2", "sanctum_get_credential", "path")]
    [InlineData("v3", "sanctum_retrieve", "path")]
    public async Task A_secret_is_given_only_where_that_is_turned_on_and_granted(string set, string tool, string argument)
    {
        await using var off = await ServeAsync(set);
        await using var on = await ServeAsync(set, allows: true);
        await using var ungranted = await ServeAsync(set, allows: true, grant: PolicyActions.Use);

        var refused = await off.FailAsync(tool, (argument, "mail/key"));
        Assert.StartsWith("UNSUPPORTED_OPERATION: ", refused, StringComparison.Ordinal);
        Assert.Contains("sanctum_http_request", refused, StringComparison.Ordinal);
        Assert.Equal(ServedVault.Secret, ServedVault.TextOf(await on.CallAsync(tool, (argument, "mail/key"))));
        Assert.StartsWith("ACCESS_DENIED: ", await ungranted.FailAsync(tool, (argument, "mail/key")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1", "vault_store", "key", "sanctum store mail/new")]
    [InlineData("v1", "vault_delete", "key", "sanctum remove mail/new")]
    [InlineData("v2", "sanctum_store_credential", "path", "sanctum store mail/new")]
    [InlineData("v2", "sanctum_delete_credential", "path", "sanctum remove mail/new")]
    [InlineData("v3", "sanctum_store", "path", "sanctum store mail/new")]
    public async Task What_only_an_operator_does_says_so(string set, string tool, string argument, string command)
    {
        await using var served = await ServeAsync(set, allows: true);

        Assert.Contains(command, await served.FailAsync(tool, (argument, "mail/new")), StringComparison.Ordinal);

        // What stands in a path's place can be the secret itself.
        Assert.DoesNotContain("sk-live", await served.FailAsync(tool, (argument, "sk-live-0123456789")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_set_lists_checks_leases_and_reads_the_log()
    {
        await using var served = await ServeAsync("v1");

        Assert.Contains("mail/key", ServedVault.TextOf(await served.CallAsync("vault_list", ("prefix", "mail/"))), StringComparison.Ordinal);
        Assert.DoesNotContain("mail/key", ServedVault.TextOf(await served.CallAsync("vault_list", ("tags", new[] { "none" }))), StringComparison.Ordinal);
        Assert.Equal("It would be allowed.", ServedVault.TextOf(await served.CallAsync("policy_check", ("key", "mail/key"), ("action", "sign"))));
        Assert.StartsWith("ACCESS_DENIED", await served.FailAsync("policy_check", ("key", "mail/key"), ("requester", "agent:other")), StringComparison.Ordinal);
        var lease = (await served.CallAsync("credential_resolve", ("service", "mail/key"), ("scope", new[] { "method:GET" }))).StructuredContent!.Value.GetProperty("lease_id").GetString();
        Assert.Contains("was renewed", ServedVault.TextOf(await served.CallAsync("credential_lease", ("lease_id", lease), ("action", "renew"))), StringComparison.Ordinal);
        Assert.Contains("has ended", ServedVault.TextOf(await served.CallAsync("credential_lease", ("lease_id", lease), ("action", "revoke"))), StringComparison.Ordinal);
        Assert.Contains("lease.grant", ServedVault.TextOf(await served.CallAsync("audit_log", ("key", "mail/key"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_set_searches()
    {
        await using var served = await ServeAsync("v2");

        Assert.Contains("mail/key", ServedVault.TextOf(await served.CallAsync("sanctum_search_credentials", ("pattern", "*/key"))), StringComparison.Ordinal);
        Assert.DoesNotContain("mail/key", ServedVault.TextOf(await served.CallAsync("sanctum_search_credentials", ("pattern", "*/none"))), StringComparison.Ordinal);
        Assert.Contains("mail/key", ServedVault.TextOf(await served.CallAsync("sanctum_list_credentials")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_shows_an_agent_its_own_entries_page_by_page()
    {
        await using var served = await ServeAsync(null);
        for (var i = 0; i < 5; i++)
        {
            await served.CallAsync("sanctum_sign", ("credential", "mail/key"), ("data", $"{i}"));
        }

        var newest = (await served.CallAsync("sanctum_audit_log", ("limit", 3))).StructuredContent!.Value;
        var older = (await served.CallAsync("sanctum_audit_log", ("limit", 3), ("before", newest.GetProperty("next_before").GetInt64()))).StructuredContent!.Value;

        Assert.Equal(["use", "use", "audit.read"], newest.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal(["use", "use", "use"], older.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("action").GetString()));
        Assert.StartsWith("INVALID_PARAMS", await served.FailAsync("sanctum_audit_log", ("limit", 101)), StringComparison.Ordinal);
        Assert.StartsWith("INVALID_PARAMS", await served.FailAsync("sanctum_audit_log", ("limit", 1.5)), StringComparison.Ordinal);
        Assert.StartsWith("INVALID_PARAMS", await served.FailAsync("sanctum_audit_log", ("before", 0)), StringComparison.Ordinal);
    }

    private static async Task<ServedVault> ServeAsync(string? set, bool allows = false, PolicyActions grant = PolicyActions.Use | PolicyActions.Retrieve)
    {
        var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = grant }, new VaultServerOptions { Aliases = set, AllowsRetrieval = allows });
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, new CredentialOptions { Hosts = ["api.mail.example"] });
        return served;
    }
}
