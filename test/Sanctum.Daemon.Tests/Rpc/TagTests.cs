using System.Text;
using Sanctum.Credentials;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Tests.Proxy;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>Policies can name credentials by their tags, as they are at that moment.</summary>
public sealed class TagTests
{
    [Fact]
    public async Task A_policy_grants_what_has_its_tag_and_nothing_else()
    {
        await using var leases = await StartAsync();
        await using var stranger = await leases.StrangerAsync();
        await stranger.CallAsync("retrieve", """{"path":"team/staging"}""");
        Assert.Equal("ACCESS_DENIED", await stranger.CodeAsync("retrieve", """{"path":"team/production"}"""));
        Assert.Equal("ACCESS_DENIED", await stranger.CodeAsync("retrieve", """{"path":"team/none"}"""));
        Assert.Equal(["app/single", "team/staging"], (await stranger.CallAsync("list")).GetProperty("credentials").EnumerateArray().Select(it => it.GetProperty("path").GetString()));
        var list = await stranger.CallAsync("crp/list", """{"filter":{"servicePrefix":"team/"}}""");
        Assert.Equal("restricted", Assert.Single(list.GetProperty("services").EnumerateArray()).GetProperty("classification").GetString());
    }

    [Fact]
    public async Task A_credential_that_loses_its_tag_takes_leases_and_streams_along()
    {
        await using var leases = await StartAsync();
        await using var stranger = await leases.StrangerAsync();
        var handle = await leases.UseAsync("team/staging", by: stranger);
        using var stream = await leases.SendAsync($"{handle.Path}/drip/3/pieces", $"Authorization: Bearer {handle.Token}\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await stream.ReadHeadAsync())[0]);
        await stranger.CallAsync("retrieve", """{"path":"team/staging"}""");
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        await by.StoreAsync(new StoreRequest("team/staging", Encoding.UTF8.GetBytes("CANARY-again"), Tags: ["production"]));
        Assert.True(await stream.IsClosedAsync());
        Assert.Empty(await by.ListLeasesAsync());
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(handle));
        Assert.Equal("ACCESS_DENIED", await stranger.CodeAsync("retrieve", """{"path":"team/staging"}"""));
    }

    [Theory]
    [InlineData("tag:")]
    [InlineData("tag:two words")]
    [InlineData("tag:prod*")]
    [InlineData("tags:production")]
    public async Task A_resource_that_is_no_tag_is_refused(string resource)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        var refused = await Assert.ThrowsAsync<OperatorException>(() => by.AddPolicyAsync(new PolicyView("tagged", "agent:worker", [resource], ["use"])));
        Assert.Equal("INVALID_PARAMS", refused.Code);
    }

    [Theory]
    [InlineData("", "confidential")]
    [InlineData("public", "public")]
    [InlineData("internal,public", "internal")]
    [InlineData("restricted,public", "restricted")]
    [InlineData("Restricted", "confidential")]
    public void The_highest_tag_that_says_so_is_the_classification(string tags, string classification) => Assert.Equal(classification, new CredentialInfo
    {
        Path = CredentialPath.Parse("a/b"), Type = "api_key", Version = 1, CreatedAt = default, UpdatedAt = default, Tags = tags.Split(',', StringSplitOptions.RemoveEmptyEntries),
    }.Classification);

    private static Task<LeaseFixture> StartAsync() => LeaseFixture.StartAsync(prepare: async (vault, by, origin) =>
    {
        foreach (var (name, tags) in ((string, string[])[])[("staging", ["staging", "restricted"]), ("production", ["production"]), ("none", [])])
        {
            await vault.Credentials.StoreAsync(
                by, CredentialPath.Parse($"team/{name}"), Encoding.UTF8.GetBytes($"CANARY-{name}-0123456789"), new CredentialOptions { Tags = tags, AllowedOrigins = [origin] });
        }

        await vault.Policies.AddAsync(by, new Policy { Name = "tagged", Principal = "agent:stranger", Resources = ["tag:staging"], Actions = PolicyActions.Retrieve | PolicyActions.Use });
    });
}
