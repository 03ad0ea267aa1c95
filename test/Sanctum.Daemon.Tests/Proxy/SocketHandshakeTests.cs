using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>How a WebSocket begins: what is refused, what the service may agree to, and who may ask.</summary>
public sealed class SocketHandshakeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_subprotocol_is_the_one_that_the_service_chose()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo", options => { options.AddSubProtocol("chat.v2"); options.AddSubProtocol("chat.v1"); });
        Assert.Equal("chat.v2", socket.SubProtocol);
    }

    [Fact]
    public async Task A_placeholder_as_a_subprotocol_is_refused()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => SocketClient.ConnectAsync(proxy, "/socket/echo", options => { options.AddSubProtocol("realtime"); options.AddSubProtocol("key." + proxy.Placeholder); }));
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    [Fact]
    public async Task A_service_that_refuses_has_its_response_passed_on()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\n{Upgrade()}\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: other\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")]
    public async Task A_service_that_agrees_to_something_else_is_a_502(string response)
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(response.Replace("{accept}", AcceptOf(connection.Header("Sec-WebSocket-Key")!), StringComparison.Ordinal));
            await connection.ReadToEndAsync();
        });
        await using var proxy = await ProxyFixture.StartAsync(origins: [raw.Origin]);
        var wire = await proxy.TunnelAsync($"127.0.0.1:{raw.Port}");
        await wire.SendAsync($"GET / HTTP/1.1\r\nHost: 127.0.0.1:{raw.Port}\r\n{Upgrade()}\r\n");
        Assert.Equal((502, "UPSTREAM_FAILED"), await wire.ReadRefusalAsync());
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400, "INVALID_REQUEST")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n", 400, "INVALID_REQUEST")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\nSec-WebSocket-Version: 13\r\n", 501, "UNSUPPORTED_OPERATION")]
    [InlineData("Connection: Upgrade\r\nUpgrade: tcp\r\n", 501, "UNSUPPORTED_OPERATION")]
    public async Task A_malformed_handshake_or_another_upgrade_is_refused_before_anything_is_sent(string headers, int status, string code)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /socket/echo HTTP/1.1\r\nHost: {proxy.Target}\r\n{headers}\r\n");
        Assert.Equal((status, code), await wire.ReadRefusalAsync());
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    // The bit that says that a message is compressed, which nobody agreed to.
    [Fact]
    public async Task A_compressed_frame_ends_it_and_is_not_passed_on()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /socket/echo HTTP/1.1\r\nHost: {proxy.Target}\r\n{Upgrade()}\r\n");
        Assert.Equal("HTTP/1.1 101 Switching Protocols", (await wire.ReadHeadAsync())[0]);
        await wire.SendAsync("\u00c1\u0081\0\0\0\0x");
        var close = await wire.ReadAsync(1);
        Assert.Equal("\u0088", close);
        Assert.NotEqual(RequestEnding.Responded, await (await proxy.Upstream.Requests.NextAsync()).Ending.WaitAsync(Patience));
    }

    [Fact]
    public async Task An_upgrade_needs_the_token()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var stranger = await proxy.ConnectAsync();
        await stranger.SendAsync($"GET https://{proxy.Target}/socket/echo HTTP/1.1\r\nHost: {proxy.Target}\r\n{Upgrade()}\r\n");
        Assert.Equal((407, "AUTH_FAILED"), await stranger.ReadRefusalAsync());
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    private static string Upgrade() => "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static string AcceptOf(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
}
