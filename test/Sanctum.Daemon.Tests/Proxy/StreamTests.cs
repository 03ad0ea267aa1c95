using System.Net;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>Responses are passed on as they come, and end when their grant does.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task The_head_and_each_piece_of_a_response_leave_at_once()
    {
        using var next = new SemaphoreSlim(0);
        await using var events = EventsOf(next);
        await using var proxy = await ProxyFixture.StartAsync(origins: [events.Origin]);
        var wire = await OpenAsync(proxy, events);
        for (var i = 0; i < 3; i++)
        {
            next.Release();
            var text = "";
            while (!text.EndsWith("}\n\n\r\n", StringComparison.Ordinal))
            {
                text += await wire.ReadAsync(1);
            }

            Assert.Contains("data: {\"is\":" + i + "}", text, StringComparison.Ordinal);
        }

        Assert.Equal("0\r\n\r\n", await ReadExactlyAsync(wire, 5));
    }

    // As a program that runs for longer than a session does.
    [Fact]
    public async Task A_stream_goes_on_when_its_agent_signs_in_again_and_ends_with_the_connection()
    {
        using var next = new SemaphoreSlim(0);
        await using var events = EventsOf(next);
        await using var proxy = await ProxyFixture.StartAsync(origins: [events.Origin]);
        var wire = await OpenAsync(proxy, events);
        await proxy.Agent.SignInAsync("worker", proxy.Vault.Agent);
        next.Release();
        var text = "";
        while (!text.EndsWith("}\n\n\r\n", StringComparison.Ordinal))
        {
            text += await ReadExactlyAsync(wire, 1);
        }

        Assert.Contains("data: {\"is\":0}", text, StringComparison.Ordinal);
        await proxy.Agent.DisposeAsync();
        Assert.True(await wire.IsClosedAsync());
        next.Release(2);
    }

    [Fact]
    public async Task A_response_before_the_body_was_read_reaches_a_client_that_sends_it_all()
    {
        await using var early = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much");
            connection.CloseUnread();
        });
        await using var proxy = await ProxyFixture.StartAsync(origins: [early.Origin]);
        var target = $"127.0.0.1:{early.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"POST /upload HTTP/1.1\r\nHost: {target}\r\nContent-Length: 1000000\r\n\r\n{new string('x', 1000)}");
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 9; i++)
            {
                await wire.SendAsync(new string('x', 111_000));
            }
        });
        Assert.StartsWith("HTTP/1.1 413 ", (await wire.ReadHeadAsync())[0], StringComparison.Ordinal);
        await sending;
    }

    // The client waits for the response and sends nothing more until then.
    [Theory]
    [InlineData("Content-Length: 1000000000", "")]
    [InlineData("Transfer-Encoding: chunked", "5\r\n")]
    public async Task A_refusal_before_the_body_was_sent_reaches_the_client_at_once_and_nothing_is_made_up(string framing, string before)
    {
        var rest = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var early = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 8\r\n\r\ntoo much");
            await connection.ReadToEndAsync();
            rest.SetResult(connection.Received.Split("\r\n\r\n", 2)[1]);
        });
        await using var proxy = await ProxyFixture.StartAsync(origins: [early.Origin]);
        var target = $"127.0.0.1:{early.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"POST /upload HTTP/1.1\r\nHost: {target}\r\n{framing}\r\n\r\n{before}first");
        Assert.StartsWith("HTTP/1.1 413 ", (await wire.ReadHeadAsync().WaitAsync(TimeSpan.FromMinutes(1)))[0], StringComparison.Ordinal);
        Assert.Equal("8\r\ntoo much\r\n0\r\n\r\n", await ReadExactlyAsync(wire, 18));

        // The service sees that the body has not come whole. A letter that could begin the secret may still be held back.
        Assert.Matches("^(\\d\r\n)?(firs?t?)?(\r\n)?$", await rest.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    // A service that responds while it reads wants the rest.
    [Fact]
    public async Task A_response_that_is_no_refusal_does_not_stop_the_body()
    {
        await using var early = RawUpstream.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            await connection.ReadRequestAsync();
            await connection.SendAsync(connection.Received.Split("\r\n\r\n", 2)[1]);
        });
        await using var proxy = await ProxyFixture.StartAsync(origins: [early.Origin]);
        var target = $"127.0.0.1:{early.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"POST /upload HTTP/1.1\r\nHost: {target}\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst");
        await Task.Delay(200);
        await wire.SendAsync("other");
        Assert.StartsWith("HTTP/1.1 200 ", (await wire.ReadHeadAsync())[0], StringComparison.Ordinal);
        var text = "";
        while (!WithoutChunks(text).Contains("firstother", StringComparison.Ordinal))
        {
            text += await ReadExactlyAsync(wire, 1);
        }

        // How it is cut into chunks depends on when its parts came.
        static string WithoutChunks(string body) => System.Text.RegularExpressions.Regex.Replace(body, "(^|\r\n)[0-9a-f]+\r\n", "");
    }

    [Fact]
    public async Task A_stream_whose_policy_is_removed_is_cut_off()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await using var by = await proxy.Vault.OperatorAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /drip/3/pieces HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        await by.RemovePolicyAsync("worker");
        Assert.True(await wire.IsClosedAsync());
    }

    [Fact]
    public async Task A_response_that_ends_early_ends_with_the_connection_and_can_not_be_taken_for_a_whole_one()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /breaks/chunked HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        var rest = "";
        try
        {
            Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
            while (await wire.ReadAsync(1024) is { Length: > 0 } more)
            {
                rest += more;
            }
        }
        catch (IOException)
        {
            // A reset, or an end before the head has come, says it too.
        }

        Assert.DoesNotContain("0\r\n\r\n", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_can_not_be_reached_is_a_502_that_says_so()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await proxy.Upstream.DisposeAsync();
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal((502, "UPSTREAM_FAILED"), await wire.ReadRefusalAsync());
    }

    [Fact]
    public async Task Plain_HTTP_in_a_tunnel_reaches_a_host_that_is_bound_without_TLS()
    {
        await using var plain = await TestUpstream.StartAsync();
        await using var proxy = await ProxyFixture.StartAsync(origins: [plain.Origin]);
        var target = $"127.0.0.1:{plain.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        Assert.Equal($"Bearer {ProxyFixture.Secret}", (await plain.Requests.NextAsync())["Authorization"]);
    }

    [Fact]
    public async Task An_IPv6_host_has_its_brackets_once_everywhere()
    {
        await using var proxy = await ProxyFixture.StartAsync(options: new UpstreamOptions { IPv6 = true });
        var wire = await proxy.TunnelAsync($"[::1]:{proxy.Upstream.Port}");
        await wire.SecureAsync(proxy.Authority, "::1");
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: [::1]:{proxy.Upstream.Port}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var request = await proxy.Upstream.Requests.NextAsync();
        Assert.Equal($"[::1]:{proxy.Upstream.Port}", request["Host"]);
        Assert.Equal(IPAddress.IPv6Loopback, request.Address);
    }

    [Fact]
    public async Task A_placeholder_becomes_the_secret_and_is_refused_anywhere_else()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\nAuthorization: Bearer {proxy.Placeholder}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        Assert.Equal($"Bearer {ProxyFixture.Secret}", (await proxy.Upstream.Requests.NextAsync())["Authorization"]);
        var other = await proxy.SecureTunnelAsync();
        await other.SendAsync($"GET /ok?key={proxy.Placeholder} HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal((403, "EGRESS_DENIED"), await other.ReadRefusalAsync());
        Assert.Single(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task A_clients_own_key_is_not_overwritten()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\nAuthorization: Bearer own\r\n\r\n");
        Assert.Equal((403, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    private static async Task<string> ReadExactlyAsync(ProxyWire wire, int count)
    {
        var text = "";
        while (text.Length < count)
        {
            text += await wire.ReadAsync(count - text.Length) is { Length: > 0 } more ? more : throw new EndOfStreamException($"it ends after '{text}'");
        }

        return text;
    }

    // The host has sent nothing but its head by then.
    private static async Task<ProxyWire> OpenAsync(ProxyFixture proxy, RawUpstream events)
    {
        var target = $"127.0.0.1:{events.Port}";
        var wire = await proxy.TunnelAsync(target);
        await wire.SendAsync($"GET /events HTTP/1.1\r\nHost: {target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        return wire;
    }

    private static RawUpstream EventsOf(SemaphoreSlim next) => RawUpstream.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 3; i++)
        {
            await next.WaitAsync();
            await connection.SendAsync("10\r\ndata: {\"is\":" + i + "}\n\n\r\n");
        }

        await connection.SendAsync("0\r\n\r\n");
    });
}
