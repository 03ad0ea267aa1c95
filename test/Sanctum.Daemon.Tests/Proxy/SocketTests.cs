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
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo", version: version);
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
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo");
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
        using var socket = await SocketClient.ConnectAsync(proxy, path);
        var (_, text) = await ReceiveAsync(socket);
        Assert.DoesNotContain(ProxyFixture.Secret, text, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer [REDACTED]", text, StringComparison.Ordinal);
        Assert.Single(await FoundAsync(proxy));
    }

    [Fact]
    public async Task In_a_binary_message_the_marker_is_as_long_as_the_secret()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/key?binary");
        var (type, text) = await ReceiveAsync(socket);
        Assert.Equal(WebSocketMessageType.Binary, type);
        Assert.Contains($"Authorization: Bearer {new string('*', ProxyFixture.Secret.Length)}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_is_taken_out_of_the_reason_for_an_end()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/close/4000/key");
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

        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo");
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
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo");
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
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo");
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
        using var socket = await SocketClient.ConnectAsync(proxy, $"/socket/close/{code}/{Uri.EscapeDataString(reason)}");
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100].AsMemory(), default)).MessageType);
        Assert.Equal((code, reason), ((int)socket.CloseStatus!, socket.CloseStatusDescription));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        Assert.Equal("allowed", await OutcomeAsync(proxy));
    }

    [Fact]
    public async Task An_end_by_the_client_reaches_the_service_and_is_a_success()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "done"), (socket.CloseStatus, socket.CloseStatusDescription));
        Assert.Equal(RequestEnding.Responded, await (await proxy.Upstream.Requests.NextAsync()).Ending.WaitAsync(Patience));
        Assert.Equal("allowed", await OutcomeAsync(proxy));
    }

    [Fact]
    public async Task A_service_that_breaks_off_is_told_as_an_error()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/break");
        Assert.Equal((WebSocketMessageType.Text, "before"), await ReceiveAsync(socket));
        await SendAsync(socket, "break");
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[100].AsMemory(), default)).MessageType);
        Assert.Equal((WebSocketCloseStatus.InternalServerError, "UPSTREAM_FAILED"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_services_side()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var socket = await SocketClient.ConnectAsync(proxy, "/socket/echo");
        var request = await proxy.Upstream.Requests.NextAsync();
        socket.Abort();
        socket.Dispose();
        Assert.NotEqual(RequestEnding.Responded, await request.Ending.WaitAsync(Patience));
    }

    [Fact]
    public async Task Compression_is_offered_to_nobody()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        using var socket = await SocketClient.ConnectAsync(proxy, "/socket/key", options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        var (_, text) = await ReceiveAsync(socket);
        Assert.DoesNotContain("Extensions", text, StringComparison.Ordinal);
        Assert.Contains("[REDACTED]", text, StringComparison.Ordinal);
    }

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
