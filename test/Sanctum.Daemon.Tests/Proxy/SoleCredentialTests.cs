using Sanctum.Credentials;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>Runs whose requests all go out with one credential, and the end of runs.</summary>
public sealed class SoleCredentialTests
{
    [Fact]
    public async Task A_request_goes_out_with_the_credential_of_its_run_and_has_no_placeholder()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var (token, authority) = await OpenAsync(proxy.Agent);
        using var wire = await TunnelAsync(proxy, token, proxy.Target);
        await wire.SecureAsync(authority, "127.0.0.1");
        await wire.SendAsync($"GET /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal(200, (await wire.ReadResponseAsync()).Status);
        Assert.Equal($"Bearer {ProxyFixture.Secret}", proxy.Upstream.Requests.Single()["Authorization"]);
    }

    [Fact]
    public async Task The_run_says_how_the_secret_is_put_in_where_the_operator_left_it_open()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var (token, authority) = await OpenAsync(proxy.Agent, ""","header_type":"custom","header_name":"X-Api-Key" """);
        using var wire = await TunnelAsync(proxy, token, proxy.Target);
        await wire.SecureAsync(authority, "127.0.0.1");
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal(200, (await wire.ReadResponseAsync()).Status);
        Assert.Equal(ProxyFixture.Secret, proxy.Upstream.Requests.Single()["X-Api-Key"]);
    }

    [Fact]
    public async Task A_host_that_the_credential_is_not_bound_to_is_refused_and_recorded_also_where_another_is_or_a_policy_lets_connect()
    {
        await using var proxy = await ProxyFixture.StartAsync(connectTo: "host:granted.example");
        var (token, _) = await OpenAsync(proxy.Agent);
        using var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"CONNECT granted.example:443 HTTP/1.1\r\nProxy-Authorization: Bearer {token}\r\n\r\n");
        Assert.Equal((403, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
        await using var by = await proxy.Vault.OperatorAsync();
        Assert.Contains(await by.ReadAuditAsync(new AuditRequest(Denied: true)).ToListAsync(), entry => entry is { Action: "use", Resource: ProxyFixture.Credential, Outcome: "denied", Reason: "EGRESS_DENIED" });
    }

    [Fact]
    public async Task What_waits_for_a_human_is_refused_with_the_approvals_id_and_goes_through_once_it_is_approved()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "approval_wait": 0""", prepare: static async (vault, by, origin) =>
        {
            await vault.Credentials.StoreAsync(by, CredentialPath.Parse("ask/key"), "CANARY-asked-0123456789"u8.ToArray(), new CredentialOptions { AllowedOrigins = [origin] });
            await vault.Policies.AddAsync(by, new Policy
            {
                Name = "ask", Principal = "agent:worker", Resources = ["ask/*"], Actions = PolicyActions.Use, Conditions = new PolicyConditions { RequireApproval = true },
            });
        });
        var (token, authority) = await OpenAsync(proxy.Agent, credential: "ask/key");
        using var wire = await TunnelAsync(proxy, token, proxy.Target);
        await wire.SecureAsync(authority, "127.0.0.1");
        var request = $"POST /echo/body HTTP/1.1\r\nHost: {proxy.Target}\r\nContent-Length: 2\r\n\r\nhi";
        await wire.SendAsync(request);
        var (status, _, body) = await wire.ReadResponseAsync();
        var error = System.Text.Json.JsonElement.Parse(body).GetProperty("error");
        Assert.Equal((403, "APPROVAL_REQUIRED"), (status, error.GetProperty("code").GetString()));
        Assert.Empty(proxy.Upstream.Requests);

        await using var by = await proxy.Vault.OperatorAsync();
        await by.DecideApprovalAsync(new ApprovalDecision(error.GetProperty("approval_id").GetString()!, Approve: true));
        await wire.SendAsync(request);
        Assert.Equal(200, (await wire.ReadResponseAsync()).Status);
    }

    [Theory]
    [InlineData("""{"credential":"app/service_key","credentials":["app/service_key"]}""")]
    [InlineData("""{"header_type":"bearer"}""")]
    [InlineData("""{"credentials":["app/service_key"],"header_name":"X-Api-Key"}""")]
    public async Task What_contradicts_itself_is_refused(string parameters)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        Assert.Equal("INVALID_PARAMS", await proxy.Agent.CodeAsync("proxy_open", parameters));
    }

    [Fact]
    public async Task A_run_that_is_closed_takes_no_more_requests_and_its_tunnels_end()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var tunnel = await proxy.SecureTunnelAsync();
        var closed = await proxy.Agent.CallAsync("proxy_close", $$"""{"token":"{{proxy.Token}}"}""");
        Assert.Equal(0, closed.GetProperty("refused").GetArrayLength());
        Assert.True(await tunnel.IsClosedAsync());
        using var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal((407, "AUTH_FAILED"), await wire.ReadRefusalAsync());
        Assert.Equal("INVALID_PARAMS", await proxy.Agent.CodeAsync("proxy_close", $$"""{"token":"{{proxy.Token}}"}"""));
    }

    [Fact]
    public async Task A_run_is_closed_by_the_connection_that_opened_it_and_by_no_other()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await using var other = await proxy.Vault.SignInAsync();
        Assert.Equal("INVALID_PARAMS", await other.CodeAsync("proxy_close", $$"""{"token":"{{proxy.Token}}"}"""));
        using var tunnel = await proxy.TunnelAsync();
    }

    [Fact]
    public async Task Where_a_program_was_refused_is_told_at_the_end_each_host_once_and_not_without_limit()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        for (var i = 0; i < RunRefusals.Most + 2; i++)
        {
            using var wire = await proxy.ConnectAsync();
            await wire.SendAsync($"CONNECT elsewhere-{Math.Max(0, i - 1)}.example:443 HTTP/1.1\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
            Assert.Equal((403, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
        }

        var closed = await proxy.Agent.CallAsync("proxy_close", $$"""{"token":"{{proxy.Token}}"}""");
        var hosts = closed.GetProperty("refused").EnumerateArray().Select(it => (it.GetProperty("host").GetString(), it.GetProperty("port").GetInt32())).ToList();
        Assert.Equal(Enumerable.Range(0, RunRefusals.Most).Select(i => ((string?)$"elsewhere-{i}.example", 443)), hosts);
        Assert.True(closed.GetProperty("more").GetBoolean());
    }

    private static async Task<(string Token, string Authority)> OpenAsync(AgentWire agent, string more = "", string credential = ProxyFixture.Credential)
    {
        var opened = await agent.CallAsync("proxy_open", $$"""{"credential":"{{credential}}"{{more}}}""");
        return (opened.GetProperty("token").GetString()!, opened.GetProperty("authority").GetString()!);
    }

    private static async Task<ProxyWire> TunnelAsync(ProxyFixture proxy, string token, string target)
    {
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Bearer {token}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established", (await wire.ReadHeadAsync())[0]);
        return wire;
    }
}
