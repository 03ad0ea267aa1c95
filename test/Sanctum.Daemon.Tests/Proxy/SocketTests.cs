using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Daemon.Admin;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>WebSockets through the proxy: searched both ways, and ended by whatever ends their grant.</summary>
public sealed class SocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Messages_go_both_ways_in_the_order_in_which_they_were_sent(int version)
    {
        await using var proxy = await ProxyFixture.StartAsync(options: new UpstreamOptions { Protocols = HttpProtocols.Http1AndHttp2 });
        using var socket = await ConnectAsync(proxy, "/socket/echo", version: version);
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(socket, $"message {i}");
            Assert.Equal((WebSocketMessageType.Text, $"message {i}"), await ReceiveAsync(socket));
        }

        await socket.SendAsync(new byte[] { 0, 255, 1 }.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, default);
        Assert.Equal((WebSocketMessageType.Binary, "\0\u00ff\u0001"), await ReceiveAsync(socket));
        var request = await proxy.Upstream.Requests.NextAsync();
        Assert.Equal(("HTTP/1.1", $"Bearer {ProxyFixture.Secret}"), (request.Protocol, request["Authorization"]));
    }

    [Fact]
    public async Task A_large_message_passes_in_pieces()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/echo");
        var sent = new byte[1_000_000];
        Random.Shared.NextBytes(sent);
        var sending = socket.SendAsync(sent.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, default).AsTask();
        var (_, text) = await ReceiveAsync(socket);
        await sending;
        Assert.Equal(sent, Encoding.Latin1.GetBytes(text));
    }

    [Theory]
    [InlineData("/socket/key")]
    [InlineData("/socket/pieces")]
    public async Task The_secret_is_taken_out_of_a_message_however_many_frames_it_comes_in(string path)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, path);
        var (_, text) = await ReceiveAsync(socket);
        Assert.DoesNotContain(ProxyFixture.Secret, text, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer [REDACTED]", text, StringComparison.Ordinal);
        Assert.Single(await FoundAsync(proxy));
    }

    [Fact]
    public async Task In_a_binary_message_the_marker_is_as_long_as_the_secret()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/key?binary");
        var (type, text) = await ReceiveAsync(socket);
        Assert.Equal(WebSocketMessageType.Binary, type);
        Assert.Contains($"Authorization: Bearer {new string('*', ProxyFixture.Secret.Length)}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_is_taken_out_of_the_reason_for_an_end()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/close/4000/key");
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100].AsMemory(), default)).MessageType);
        Assert.Equal((4000, "Bearer [REDACTED]"), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("placeholder")]
    public async Task A_message_with_the_secret_or_a_placeholder_never_leaves_and_ends_it(string what)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await using (var by = await proxy.Vault.OperatorAsync())
        {
            // Who may retrieve a secret may send it.
            await by.AddPolicyAsync(new PolicyView("uses", "agent:worker", ["app/*"], ["use"]));
            await by.RemovePolicyAsync("worker");
        }

        using var socket = await ConnectAsync(proxy, "/socket/echo");
        var text = what == "secret" ? ProxyFixture.Secret : proxy.Placeholder;

        // In two frames, the first of which ends within it.
        await socket.SendAsync(Encoding.ASCII.GetBytes($"key={text[..10]}").AsMemory(), WebSocketMessageType.Text, endOfMessage: false, default);
        await socket.SendAsync(Encoding.ASCII.GetBytes(text[10..]).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, default);
        var received = "";
        ValueWebSocketReceiveResult last;
        var buffer = new byte[100];
        using var patience = new CancellationTokenSource(Patience);
        while ((last = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token)).MessageType != WebSocketMessageType.Close)
        {
            received += Encoding.ASCII.GetString(buffer, 0, last.Count);
        }

        Assert.DoesNotContain(text[..10], received, StringComparison.Ordinal);
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, "EGRESS_DENIED"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task A_WebSocket_whose_policy_is_removed_is_closed_as_a_violation_within_a_second()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await using var by = await proxy.Vault.OperatorAsync();
        using var socket = await ConnectAsync(proxy, "/socket/echo");
        await by.RemovePolicyAsync("worker");
        using var patience = new CancellationTokenSource(Patience);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[10].AsMemory(), patience.Token)).MessageType);
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, "ACCESS_DENIED"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    // What is sent to it waits for it to read; nothing that it does, or does not do, keeps the service's side open.
    [Fact]
    public async Task A_WebSocket_whose_policy_is_removed_ends_although_its_client_does_not_read()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await using var by = await proxy.Vault.OperatorAsync();
        using var socket = await ConnectAsync(proxy, "/socket/echo");
        var filling = FillAsync(socket);
        await Task.WhenAny(filling, Task.Delay(TimeSpan.FromSeconds(1)));
        var request = await proxy.Upstream.Requests.NextAsync();
        await by.RemovePolicyAsync("worker");
        Assert.NotEqual(RequestEnding.Responded, await request.Ending.WaitAsync(Patience));
        await Assert.ThrowsAnyAsync<Exception>(() => filling.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(1000, "bye")]
    [InlineData(4001, "until tomorrow")]
    public async Task An_end_by_the_service_reaches_the_client_with_its_code_and_reason(int code, string reason)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, $"/socket/close/{code}/{Uri.EscapeDataString(reason)}");
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100].AsMemory(), default)).MessageType);
        Assert.Equal((code, reason), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        Assert.Equal("allowed", await OutcomeAsync(proxy));
    }

    [Fact]
    public async Task An_end_by_the_client_reaches_the_service_and_is_a_success()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/echo");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "done"), (socket.CloseStatus, socket.CloseStatusDescription));
        Assert.Equal(RequestEnding.Responded, await (await proxy.Upstream.Requests.NextAsync()).Ending.WaitAsync(Patience));
        Assert.Equal("allowed", await OutcomeAsync(proxy));
    }

    [Fact]
    public async Task A_service_that_breaks_off_is_told_as_an_error()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/break");
        Assert.Equal((WebSocketMessageType.Text, "before"), await ReceiveAsync(socket));
        await SendAsync(socket, "break");
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100].AsMemory(), default)).MessageType);
        Assert.Equal((WebSocketCloseStatus.InternalServerError, "UPSTREAM_FAILED"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_services_side()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var socket = await ConnectAsync(proxy, "/socket/echo");
        var request = await proxy.Upstream.Requests.NextAsync();
        socket.Abort();
        socket.Dispose();
        Assert.NotEqual(RequestEnding.Responded, await request.Ending.WaitAsync(Patience));
    }

    [Fact]
    public async Task The_subprotocol_is_the_one_that_the_service_chose()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/echo", options => { options.AddSubProtocol("chat.v2"); options.AddSubProtocol("chat.v1"); });
        Assert.Equal("chat.v2", socket.SubProtocol);
    }

    [Fact]
    public async Task A_placeholder_as_a_subprotocol_is_refused()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(proxy, "/socket/echo", options => { options.AddSubProtocol("realtime"); options.AddSubProtocol("key." + proxy.Placeholder); }));
        Assert.Equal(0, proxy.Upstream.Connections);
    }

    [Fact]
    public async Task Compression_is_offered_to_nobody()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await ConnectAsync(proxy, "/socket/key", options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        var (_, text) = await ReceiveAsync(socket);
        Assert.DoesNotContain("Extensions", text, StringComparison.Ordinal);
        Assert.Contains("[REDACTED]", text, StringComparison.Ordinal);
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
        Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    private static async Task FillAsync(ClientWebSocket socket)
    {
        var chunk = new byte[64 * 1024];
        for (var i = 0; i < 10_000; i++)
        {
            await socket.SendAsync(chunk.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, default);
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, default).AsTask();

    private static async Task<(WebSocketMessageType Type, string Text)> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        var (buffer, text) = (new byte[64 * 1024], new StringBuilder());
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            text.Append(Encoding.Latin1.GetString(buffer, 0, received.Count));
        }
        while (!received.EndOfMessage);
        return (received.MessageType, text.ToString());
    }

    private static async Task<ClientWebSocket> ConnectAsync(ProxyFixture proxy, string path, Action<ClientWebSocketOptions>? configure = null, int version = 1)
    {
        using var authority = X509Certificate2.CreateFromPem(proxy.Authority);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            Proxy = new WebProxy("http://proxy.invalid") { Credentials = new NetworkCredential("run", proxy.Token) },
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(proxy.Socket), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            },
        }, disposeHandler: false);
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new Version(version, version == 1 ? 1 : 0), HttpVersionPolicy.RequestVersionExact);
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(new Uri($"wss://{proxy.Target}{path}"), client, default);
        return socket;
    }

    private static async Task<List<AuditEntryView>> FoundAsync(ProxyFixture proxy) => [.. (await EntriesAsync(proxy)).Where(entry => entry.Action == "use.found")];

    private static async Task<List<AuditEntryView>> EntriesAsync(ProxyFixture proxy)
    {
        await using var by = await proxy.Vault.OperatorAsync();
        return await by.ReadAuditAsync(new AuditRequest()).ToListAsync();
    }

    // Recorded when both sides are gone.
    private static async Task<string> OutcomeAsync(ProxyFixture proxy)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if ((await EntriesAsync(proxy)).LastOrDefault(entry => entry.Details?.ContainsKey("duration_ms") == true) is { } outcome)
            {
                return outcome.Outcome;
            }

            await Task.Delay(20, patience.Token);
        }
    }
}
