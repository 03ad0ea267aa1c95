using System.Net.Security;
using Sanctum.Policies;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>CONNECT: where a tunnel leads is decided before the client hears that it has one, and nothing in it leads elsewhere.</summary>
public sealed class ConnectTests
{
    [Fact]
    public async Task A_request_in_a_tunnel_reaches_the_host()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /echo/headers?q=%2F..%2f HTTP/1.1\r\nHost: {proxy.Target}\r\nX-Mark: yes\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var request = await proxy.Upstream.Requests.NextAsync();
        Assert.Equal("/echo/headers?q=%2F..%2f", request.Target);
        Assert.Equal("yes", Assert.Single(request.Headers, header => header.Key == "X-Mark").Value);
        Assert.DoesNotContain(request.Headers, header => header.Key.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("elsewhere.example")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    public async Task A_request_that_names_another_host_than_its_tunnel_gets_421_and_is_not_sent(string host)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /echo/headers HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.Equal((421, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    [Fact]
    public async Task A_whole_URL_inside_a_tunnel_has_to_name_the_tunnels_host()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET https://elsewhere.example/echo/headers HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n");
        Assert.Equal((421, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
        await wire.SendAsync($"GET https://{proxy.Target}/echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
    }

    [Fact]
    public async Task A_handshake_for_another_name_gets_the_tunnels_certificate_and_then_421()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.TunnelAsync($"localhost:{proxy.Upstream.Port}");
        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => wire.SecureAsync(proxy.Authority, "elsewhere.example"));
        var careless = await proxy.TunnelAsync($"localhost:{proxy.Upstream.Port}");
        var tls = new SslStream(new System.Net.Sockets.NetworkStream(careless.Socket), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("elsewhere.example");
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET /echo/headers HTTP/1.1\r\nHost: localhost:{proxy.Upstream.Port}\r\n\r\n"));
        var response = new byte[12];
        await tls.ReadExactlyAsync(response);
        Assert.Equal("HTTP/1.1 421", System.Text.Encoding.ASCII.GetString(response));
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    [Theory]
    [InlineData("CONNECT nowhere HTTP/1.1\r\nHost: x\r\n", 400)]
    [InlineData("CONNECT 127.1:443 HTTP/1.1\r\nHost: x\r\n", 400)]
    [InlineData("CONNECT [[::1]]:443 HTTP/1.1\r\nHost: x\r\n", 400)]
    [InlineData("CONNECT http://localhost:443 HTTP/1.1\r\nHost: x\r\n", 400)]
    [InlineData("CONNECT localhost:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n", 400)]
    [InlineData("CONNECT localhost:443 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n", 400)]
    [InlineData("CONNECT localhost:443 HTTP/9.9\r\nHost: x\r\n", 505)]
    [InlineData("CONNECT localhost:443\r\nHost: x\r\n", 400)]
    [InlineData("CONNECT localhost:443 HTTP/1.1\r\nHo st: x\r\n", 400)]
    [InlineData("CONNECT localhost:443 HTTP/1.1\r\nHost: x\r\n folded: y\r\n", 400)]
    public async Task A_malformed_CONNECT_is_refused_and_the_connection_closed(string head, int status)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"{head}Proxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal((status, "INVALID_REQUEST"), await wire.ReadRefusalAsync());
        Assert.True(await wire.IsClosedAsync());
    }

    [Fact]
    public async Task A_head_without_an_end_is_read_to_its_limit_and_no_further()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendUntilRefusedAsync($"CONNECT {proxy.Target} HTTP/1.1\r\nX: {new string('x', 17 * 1024)}");
        Assert.Equal((431, "INVALID_REQUEST"), await wire.ReadRefusalAsync());
    }

    [Fact]
    public async Task CONNECT_without_a_Host_header_and_in_HTTP_1_0_has_a_tunnel()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"CONNECT {proxy.Target} HTTP/1.0\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established", (await wire.ReadHeadAsync())[0]);
        await wire.SecureAsync(proxy.Authority, "127.0.0.1");
    }

    [Fact]
    public async Task A_refused_host_is_refused_before_there_is_a_tunnel()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"CONNECT denied.example:443 HTTP/1.1\r\nHost: denied.example:443\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal(403, (await wire.ReadRefusalAsync()).Status);
    }

    [Fact]
    public async Task A_host_that_a_policy_lets_the_agent_connect_to_has_a_tunnel_that_nobody_reads()
    {
        await using var other = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("not HTTP at all");
        });
        await using var proxy = await ProxyFixture.StartAsync(connectTo: $"host:127.0.0.1:{other.Port}");
        var wire = await proxy.TunnelAsync($"127.0.0.1:{other.Port}");
        await wire.SendAsync("anything\r\n\r\n");
        Assert.Equal("not HTTP at all", await wire.ReadAsync(15));
        await using var by = await proxy.Vault.OperatorAsync();
        await by.RemovePolicyAsync("connect");
        Assert.True(await wire.IsClosedAsync());
        var again = await proxy.ConnectAsync();
        await again.SendAsync($"CONNECT 127.0.0.1:{other.Port} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal((403, "EGRESS_DENIED"), await again.ReadRefusalAsync());
    }

    [Fact]
    public async Task A_binding_beats_a_grant_to_connect_and_a_key_of_the_clients_own_gets_nowhere()
    {
        await using var proxy = await ProxyFixture.StartAsync(prepare: (vault, by, origin) => vault.Policies.AddAsync(
            by, new Policy { Name = "connect", Principal = "agent:worker", Resources = [$"host:{new Uri(origin).Authority}"], Actions = PolicyActions.Connect }));

        // The tunnel ends in the daemon: its certificate is the run's.
        var own = await proxy.SecureTunnelAsync();
        await own.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\nAuthorization: Bearer own\r\n\r\n");
        Assert.Equal((403, "EGRESS_DENIED"), await own.ReadRefusalAsync());
        Assert.Equal(0, proxy.Upstream.Connections);
        var none = await proxy.SecureTunnelAsync();
        await none.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await none.ReadHeadAsync())[0]);
        Assert.Equal($"Bearer {ProxyFixture.Secret}", Assert.Single(proxy.Upstream.Requests)["Authorization"]);
    }

    [Fact]
    public async Task Without_ALPN_and_with_h2_alone_a_client_is_served()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var plain = await proxy.TunnelAsync();
        var none = await plain.SecureAsync(proxy.Authority, "127.0.0.1");
        Assert.Equal(default, none.NegotiatedApplicationProtocol);
        await plain.SendAsync($"GET /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await plain.ReadHeadAsync())[0]);
        var only = await proxy.TunnelAsync();
        Assert.Equal(SslApplicationProtocol.Http2, (await only.SecureAsync(proxy.Authority, "127.0.0.1", SslApplicationProtocol.Http2)).NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task Plain_HTTP_in_a_tunnel_behind_the_head_in_the_same_packet_is_HTTP_to_that_port()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync(
            $"CONNECT {proxy.Target} HTTP/1.1\r\nHost: {proxy.Target}\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n" +
            $"GET /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 Connection Established", (await wire.ReadHeadAsync())[0]);
        Assert.NotEqual(200, (await wire.ReadResponseAsync()).Status); // The upstream speaks TLS alone, and is bound with https.
    }

    [Fact]
    public async Task Plain_HTTP_in_a_tunnel_to_port_443_is_refused_and_says_why()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.TunnelAsync("bound.example:443");
        await wire.SendAsync("GET / HTTP/1.1\r\nHost: bound.example:443\r\n\r\n");
        Assert.Equal((400, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
    }

    [Fact]
    public async Task TRACE_and_a_request_with_two_lengths_are_refused()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"TRACE /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal((405, "INVALID_REQUEST"), await wire.ReadRefusalAsync());
        await wire.SendAsync($"POST /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        Assert.Equal((400, "INVALID_REQUEST"), await wire.ReadRefusalAsync());
        Assert.Equal(0, proxy.Upstream.Connections);
    }
}
