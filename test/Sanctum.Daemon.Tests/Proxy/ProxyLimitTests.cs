using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>Strangers and slow clients take nothing that those who have a token need.</summary>
public sealed class ProxyLimitTests
{
    [Fact]
    public async Task Silent_strangers_keep_nobody_out()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "limits": { "unauthenticated_connections": 8 }""");
        var silent = new List<ProxyWire>();
        for (var i = 0; i < 40; i++)
        {
            silent.Add(await proxy.ConnectAsync(overTcp: i % 2 == 0));
        }

        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);

        // Half of the places are for TCP. Connections are handled in no order.
        await Eventually.Async(() => silent.Count(stranger => stranger.IsEnded) >= 32);
    }

    [Fact]
    public async Task Strangers_who_send_a_head_byte_by_byte_are_cut_off_at_the_limit_of_time()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var proxy = await ProxyFixture.StartAsync(time: time);
        var slow = await proxy.ConnectAsync();
        await slow.SendAsync("CONNECT 127.0.");
        var closed = slow.IsClosedAsync();
        await slow.SendAsync("0.1:443 HTTP/1.1\r\nX: ");
        await time.PassUntilAsync(closed, TimeSpan.FromSeconds(8), most: 3);
        Assert.True(await closed);
    }

    [Fact]
    public async Task A_client_that_opens_a_tunnel_and_says_nothing_is_cut_off()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var proxy = await ProxyFixture.StartAsync(time: time);
        var silent = await proxy.TunnelAsync();
        var closed = silent.IsClosedAsync();
        await time.PassUntilAsync(closed, TimeSpan.FromSeconds(8), most: 3);
        Assert.True(await closed);
    }

    [Fact]
    public async Task Tries_without_a_token_end_with_the_connection()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
            Assert.Equal(407, (await wire.ReadResponseAsync()).Status);
        }

        Assert.True(await wire.IsClosedAsync());
    }

    [Fact]
    public async Task One_agent_has_no_more_connections_than_it_leaves_to_others()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "limits": { "proxy_connections": 8 }""");
        for (var i = 0; i < 4; i++)
        {
            await proxy.TunnelAsync();
        }

        var fifth = await proxy.ConnectAsync();
        await fifth.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal((429, "RATE_LIMITED"), await fifth.ReadRefusalAsync());
        await using var other = await proxy.Vault.ConnectAsync();
        await other.SignInAsync("stranger", proxy.Vault.Stranger);
        var token = (await other.CallAsync("proxy_open")).GetProperty("token").GetString()!;
        var theirs = await proxy.ConnectAsync();
        await theirs.SendAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {ProxyFixture.BasicOf(token)}\r\n\r\n");
        Assert.NotEqual(429, (await ReadStatusAsync(theirs)));
    }

    [Fact]
    public async Task The_socket_is_the_users_alone_and_goes_with_the_daemon()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(proxy.Socket) & (UnixFileMode)0x1B6);
        await proxy.Daemon.DisposeAsync();
        Assert.False(File.Exists(proxy.Socket));
    }

    [Fact]
    public async Task An_open_stream_ends_when_the_daemon_stops_and_stopping_does_not_wait_for_it()
    {
        await using var proxy = await ProxyFixture.StartAsync(""", "drain_seconds": 3600""");
        var wire = await proxy.SecureTunnelAsync();
        await proxy.Daemon.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(await wire.IsClosedAsync());
    }

    [Fact]
    public async Task Heads_of_HTTP_have_their_limits()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var line = await proxy.SecureTunnelAsync();
        await line.SendUntilRefusedAsync($"GET /{new string('x', 33 * 1024)} HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal(414, await ReadStatusAsync(line));
        var headers = await proxy.SecureTunnelAsync();
        await headers.SendUntilRefusedAsync($"GET / HTTP/1.1\r\nHost: {proxy.Target}\r\n{string.Concat(Enumerable.Repeat("X: y\r\n", 201))}\r\n");
        Assert.Equal(431, await ReadStatusAsync(headers));
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    private static async Task<int> ReadStatusAsync(ProxyWire wire) =>
        int.Parse((await wire.ReadHeadAsync())[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
