using System.Net.WebSockets;
using System.Text;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>WebSockets by a lease's base URL: the same gate, the same search, and an end with the lease.</summary>
public sealed class BaseUrlSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_WebSocket_by_a_base_URL_carries_the_secret_and_does_not_bring_it_back()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var echo = await ConnectAsync(handle, "/socket/echo", handle.Token);
        await SendAsync(echo, "hello");
        Assert.Equal("hello", await ReceiveAsync(echo));
        using var key = await ConnectAsync(handle, "/socket/key", handle.Token);
        var text = await ReceiveAsync(key);
        Assert.Contains("Authorization: Bearer [REDACTED]", text, StringComparison.Ordinal);
        Assert.DoesNotContain(LeaseFixture.Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain(handle.Token, text, StringComparison.Ordinal);
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var uses = await by.ReadAuditAsync(new AuditRequest()).Where(entry => entry.Action == "use").ToListAsync();
        Assert.All(uses, use => Assert.Equal((handle.Lease, "base_url", "websocket"), (use.LeaseId, use.Details!["way"], use.Details["upgrade"])));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sanctum_session_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("the client's own key")]
    public async Task Without_the_token_it_is_refused_and_nothing_is_sent(string? token)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(handle, "/socket/echo", token));
        Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        Assert.Empty(leases.Upstream.Requests);
    }

    // It would reach the service there, and the logs on the way.
    [Fact]
    public async Task The_token_as_a_subprotocol_is_refused()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(handle, "/socket/echo", handle.Token, handle.Token));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Empty(leases.Upstream.Requests);
    }

    [Fact]
    public async Task The_token_in_a_message_never_leaves_and_ends_it()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var socket = await ConnectAsync(handle, "/socket/echo", handle.Token);
        await SendAsync(socket, $"token: {handle.Token}");
        Assert.DoesNotContain(handle.Token, await ReceiveAsync(socket), StringComparison.Ordinal);
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, "EGRESS_DENIED"), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Fact]
    public async Task An_agent_without_the_grant_gets_no_WebSocket_and_a_lease_that_is_revoked_ends_it()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var socket = await ConnectAsync(handle, "/socket/echo", handle.Token);
        await leases.Agent.CallAsync("crp/revoke", $$"""{"leaseId":"{{handle.Lease}}"}""");
        Assert.Equal("", await ReceiveAsync(socket));
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, "LEASE_EXPIRED"), (socket.CloseStatus, socket.CloseStatusDescription));
        Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(handle, "/socket/echo", handle.Token))).Message, StringComparison.Ordinal);

        var other = await leases.UseAsync();
        await using (var by = await leases.Proxy.Vault.OperatorAsync())
        {
            await by.RemovePolicyAsync("worker");
        }

        Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(other, "/socket/echo", other.Token))).Message, StringComparison.Ordinal);
        Assert.Single(leases.Upstream.Requests);
    }

    private static async Task<ClientWebSocket> ConnectAsync(Handle handle, string path, string? token, string? subprotocol = null)
    {
        var socket = new ClientWebSocket();
        if (token is not null)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        }

        if (subprotocol is not null)
        {
            socket.Options.AddSubProtocol(subprotocol);
        }

        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri(handle.Url.Replace("http", "ws", StringComparison.Ordinal) + path), patience.Token);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.ASCII.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, default).AsTask();

    // The next message; nothing at the end.
    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        var (buffer, text) = (new byte[4096], new StringBuilder());
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            text.Append(Encoding.ASCII.GetString(buffer, 0, received.Count));
        }
        while (!received.EndOfMessage && received.MessageType != WebSocketMessageType.Close);
        return text.ToString();
    }
}
