using System.Net.WebSockets;
using System.Text;
using Sanctum.Client;
using Sanctum.Protocol;

namespace Sanctum.Sdk.Tests;

/// <summary>.NET's own WebSockets go through the handler, with the secret put in and taken out.</summary>
public sealed class SocketTests(SdkVault vault) : IClassFixture<SdkVault>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_WebSocket_carries_the_secret_and_does_not_bring_it_back(string version)
    {
        using var socket = await ConnectAsync(vault.Client, "openai/key", $"{vault.Streams.Origin}/socket", version);
        Assert.Equal("chat", socket.SubProtocol);
        Assert.Equal("Bearer [REDACTED]", await ReceiveAsync(socket));
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(socket, $"message {i}");
            Assert.Equal($"message {i}", await ReceiveAsync(socket));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", default);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        Assert.Contains(vault.Streams.Requests, it => it is { Path: "/socket", Key: $"Bearer {SdkVault.Secret}" });
    }

    // What an SDK was given for a key is taken off here as in any other request.
    [Fact]
    public async Task The_key_of_an_SDK_does_not_leave_with_it()
    {
        using var socket = await ConnectAsync(vault.Client, "openai/key", $"{vault.Streams.Origin}/socket", "1.1", key: SdkVault.Placeholder);
        Assert.Equal("Bearer [REDACTED]", await ReceiveAsync(socket));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_secret_in_a_message_never_leaves_and_ends_it(string version)
    {
        using var socket = await ConnectAsync(vault.Client, "github/token", $"{vault.Streams.Origin}/socket", version);
        Assert.Equal("Bearer [REDACTED]", await ReceiveAsync(socket));
        await SendAsync(socket, $"is it {SdkVault.Secret}?");
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[1024];
        ValueWebSocketReceiveResult last;
        while ((last = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token)).MessageType != WebSocketMessageType.Close)
        {
            Assert.DoesNotContain(SdkVault.Secret, Encoding.ASCII.GetString(buffer, 0, last.Count), StringComparison.Ordinal);
        }

        Assert.Equal((WebSocketCloseStatus.PolicyViolation, ErrorCode.EgressDenied), (socket.CloseStatus, socket.CloseStatusDescription));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Without_a_grant_or_to_another_host_it_is_refused_with_the_vaults_error_inside(string version)
    {
        await using var stranger = await vault.ConnectAsync(SdkVault.Stranger);
        Assert.Equal(ErrorCode.AccessDenied, await RefusedAsync(stranger, $"{vault.Streams.Origin}/socket", version));
        Assert.Equal(ErrorCode.EgressDenied, await RefusedAsync(vault.Client, "https://elsewhere.example/socket", version));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_service_that_knows_no_WebSockets_refuses_with_its_own_status(string version)
    {
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(vault.Client, "openai/key", $"{vault.Streams.Origin}/nothing", version));
        Assert.Contains("404", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(SanctumClient client, string address, string version)
    {
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, "openai/key", address, version));
        for (Exception? inner = refused; inner is not null; inner = inner.InnerException)
        {
            if (inner is Client.VaultException vaults)
            {
                return vaults.Code;
            }
        }

        throw refused;
    }

    private static async Task<ClientWebSocket> ConnectAsync(SanctumClient client, string path, string address, string version, string? key = null)
    {
        using var http = new HttpMessageInvoker(new SanctumHttpHandler(client, path, new HttpUseOptions { Placeholder = SdkVault.Placeholder }), disposeHandler: false);
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new(version), HttpVersionPolicy.RequestVersionExact);
        socket.Options.AddSubProtocol("chat");
        if (key is not null)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
            socket.Options.SetRequestHeader("X-Another", key);
        }

        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri(address.Replace("http", "ws", StringComparison.Ordinal)), http, patience.Token);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.ASCII.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, default).AsTask();

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        var (buffer, text) = (new byte[1024], new StringBuilder());
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            text.Append(Encoding.ASCII.GetString(buffer, 0, received.Count));
        }
        while (!received.EndOfMessage);
        return text.ToString();
    }
}
