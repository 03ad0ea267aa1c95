using System.Globalization;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>Every way into the proxy needs the token of a run, and a token ends with its run.</summary>
public sealed class GateTests
{
    [Fact]
    public async Task A_process_with_a_made_up_key_gets_407_and_nothing_is_sent()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "failed_sign_ins_per_minute": 100""");
        foreach (var authorization in Wrong(proxy.Token))
        {
            using var wire = await proxy.ConnectAsync();
            await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {authorization}\r\n\r\n");
            Assert.Equal((407, "AUTH_FAILED"), await wire.ReadRefusalAsync());
            using var absolute = await proxy.ConnectAsync();
            await absolute.SendAsync($"GET https://{proxy.Target}/echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {authorization}\r\n\r\n");
            Assert.Equal((407, "AUTH_FAILED"), await absolute.ReadRefusalAsync());
        }

        Assert.Equal(0, proxy.Upstream.Connections);
    }

    [Fact]
    public async Task A_407_keeps_the_connection_and_the_next_try_has_a_tunnel()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        var (status, head, _) = await wire.ReadResponseAsync();
        Assert.Equal(407, status);
        Assert.Equal("Basic realm=\"sanctum\"", ProxyWire.HeaderOf(head, "Proxy-Authenticate"));
        await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established", (await wire.ReadHeadAsync())[0]);
    }

    [Fact]
    public async Task A_407_to_an_absolute_request_keeps_the_connection_too()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"GET https://{proxy.Target}/echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        var (status, head, _) = await wire.ReadResponseAsync();
        Assert.Equal(407, status);
        Assert.Equal("Basic realm=\"sanctum\"", ProxyWire.HeaderOf(head, "Proxy-Authenticate"));
        await wire.SendAsync($"GET https://{proxy.Target}/echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
    }

    [Fact]
    public async Task Requests_without_a_token_are_no_guesses_and_wrong_tokens_are_slowed_down()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "failed_sign_ins_per_minute": 2""");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal((407, "AUTH_FAILED"), await ConnectAsync(proxy, null));
        }

        Assert.Equal((407, "AUTH_FAILED"), await ConnectAsync(proxy, "Basic cnVuOng="));
        Assert.Equal((407, "AUTH_FAILED"), await ConnectAsync(proxy, "Basic cnVuOng="));
        var started = TimeProvider.System.GetTimestamp();
        Assert.Equal((429, "RATE_LIMITED"), await ConnectAsync(proxy, "Basic cnVuOng="));
        Assert.True(TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(0.9));

        // Whoever has the token is not kept out by those who guess.
        await proxy.TunnelAsync();
    }

    [Fact]
    public async Task Wrong_tokens_are_on_the_record_and_counted_where_there_are_many()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "failed_sign_ins_per_minute": 2""");
        for (var i = 0; i < 4; i++)
        {
            await ConnectAsync(proxy, "Bearer wrong-canary");
        }

        await ConnectAsync(proxy, null);
        await using var by = await proxy.Vault.OperatorAsync();
        var entries = (await by.ReadAuditAsync(new AuditRequest(Denied: true)).ToListAsync()).Where(entry => entry.Action == "session.open").ToList();
        Assert.All(entries, entry => Assert.Equal(("agent:?", "denied", "AUTH_FAILED", "proxy"), (entry.Actor, entry.Outcome, entry.Reason, entry.Details!["way"])));
        Assert.All(entries, entry => Assert.DoesNotContain(entry.Details!.Values, value => value.Contains("canary", StringComparison.Ordinal)));
        Assert.Equal(4, entries.Sum(entry => entry.Details!.TryGetValue("calls", out var calls) ? int.Parse(calls, CultureInfo.InvariantCulture) : 1));
        Assert.Equal(2, entries.Count(entry => !entry.Details!.ContainsKey("calls")));
    }

    [Fact]
    public async Task A_token_ends_with_the_connection_of_its_agent()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var tunnel = await proxy.SecureTunnelAsync();
        await proxy.Agent.CallAsync("logout");
        Assert.True(await tunnel.IsClosedAsync());
        Assert.Equal((407, "AUTH_FAILED"), await ConnectAsync(proxy, proxy.Authorization));
    }

    [Fact]
    public async Task A_token_ends_when_the_vault_is_sealed_and_when_the_agent_is_removed()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await using var by = await proxy.Vault.OperatorAsync();
        var tunnel = await proxy.SecureTunnelAsync();
        await by.RemoveAgentAsync("worker");
        Assert.True(await tunnel.IsClosedAsync());
        Assert.Equal((403, "SESSION_EXPIRED"), await ConnectAsync(proxy, proxy.Authorization));
    }

    [Fact]
    public async Task While_the_vault_is_sealed_the_proxy_says_so()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var admin = proxy.Vault.Admin();
        await admin.SealAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        Assert.Equal((503, "VAULT_LOCKED"), await ConnectAsync(proxy, proxy.Authorization));
    }

    [Fact]
    public async Task An_agent_that_signs_in_again_on_its_connection_keeps_its_run()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var tunnel = await proxy.SecureTunnelAsync();
        await proxy.Agent.SignInAsync("worker", proxy.Vault.Agent);
        await tunnel.SendAsync($"GET /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await tunnel.ReadHeadAsync())[0]);
        await proxy.TunnelAsync();
    }

    [Fact]
    public async Task Another_agent_on_the_same_connection_does_not_get_the_run()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await proxy.Agent.SignInAsync("stranger", proxy.Vault.Stranger);
        Assert.Equal((407, "AUTH_FAILED"), await ConnectAsync(proxy, proxy.Authorization));
    }

    [Fact]
    public async Task A_run_needs_an_agent_that_has_signed_in_and_names_its_credentials()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var stranger = await proxy.Vault.ConnectAsync();
        Assert.Equal("AUTH_FAILED", await stranger.CodeAsync("proxy_open"));
        Assert.Equal("INVALID_PARAMS", await proxy.Agent.CodeAsync("proxy_open", """{"credentials":["../x"]}"""));
        Assert.Equal("ACCESS_DENIED", await proxy.Agent.CodeAsync("proxy_open", """{"credentials":["other/key"]}"""));
    }

    [Fact]
    public async Task One_agent_has_so_many_runs_and_no_more()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        for (var i = 1; i < 64; i++)
        {
            await proxy.Agent.CallAsync("proxy_open");
        }

        Assert.Equal("RATE_LIMITED", await proxy.Agent.CodeAsync("proxy_open"));
        await using var other = await proxy.Vault.ConnectAsync();
        await other.SignInAsync("stranger", proxy.Vault.Stranger);
        await other.CallAsync("proxy_open");
        await proxy.TunnelAsync();
    }

    private static async Task<(int Status, string Code)> ConnectAsync(ProxyFixture proxy, string? authorization)
    {
        using var wire = await proxy.ConnectAsync();
        var header = authorization is null ? "" : $"Proxy-Authorization: {authorization}\r\n";
        await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\n{header}\r\n");
        return await wire.ReadRefusalAsync();
    }

    private static IEnumerable<string> Wrong(string token) =>
    [
        ProxyFixture.BasicOf("sk-made-up"),
        ProxyFixture.BasicOf(token[..^1]),
        ProxyFixture.BasicOf(token + "x"),
        $"Basic {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"worker:{token}"))}",
        $"Basic {token}",
        "Basic not-base64!",
        $"Digest {token}",
        "Bearer",
        new string('x', 300),
    ];
}
