using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Sanctum.Door;
using Sanctum.Egress.Sockets;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Passes the messages of a WebSocket on, in both directions, until one side has said that it is over, or something ends it.</summary>
internal static class SocketForwarder
{
    private const int ChunkSize = 16 * 1024;

    // How long the other side may take to say that it is over, too.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // A withdrawn grant ends within a second, whatever the client does.
    private static readonly TimeSpan LastWord = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Accepts the client's WebSocket and passes messages on until the end.</summary>
    /// <param name="http">The client's side.</param>
    /// <param name="exchange">The service's side, which has agreed.</param>
    /// <param name="service">Its WebSocket.</param>
    /// <exception cref="SocketEndedException">It ended otherwise than by the will of both sides.</exception>
    public static async Task ForwardAsync(HttpContext http, HttpExchange exchange, ExchangeSocket service)
    {
        // No compression: what is compressed can't be searched.
        using var client = await http.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { SubProtocol = service.Subprotocol, KeepAliveInterval = KeepAlive, KeepAliveTimeout = KeepAlive }).ConfigureAwait(false);
        var toClient = ToClientAsync(service, client);
        var toService = ToServiceAsync(client, service, http.RequestAborted);
        var both = Task.WhenAll(toClient, toService);
        try
        {
            await UnlessEndedAsync(exchange, service, FirstOfAsync(toClient, toService)).ConfigureAwait(false);
            await UnlessEndedAsync(exchange, service, both).WaitAsync(Grace, http.RequestAborted).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // One side never said that it is over. The other one has, and that is what counts.
        }
        catch (OperationCanceledException left)
        {
            throw new SocketEndedException(left);
        }
        catch (Exception failure)
        {
            await SayWhyAsync(client, CloseCode.Of(failure), ProxyErrors.From(failure, http.TraceIdentifier).Code).ConfigureAwait(false);
            throw new SocketEndedException(failure);
        }
        finally
        {
            await exchange.DisposeAsync().ConfigureAwait(false);

            // What was said last may still be on its way, which aborting would drop; a write to a client that does not read waits for ever.
            if (await Task.WhenAny(both, Task.Delay(LastWord)).ConfigureAwait(false) != both)
            {
                client.Abort();
                http.Abort();
            }

            // Kestrel takes the connection back when this returns: nobody may read or write on it any more. What the two have to say has been said.
            await both.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FirstOfAsync(Task one, Task other) => await (await Task.WhenAny(one, other).ConfigureAwait(false)).ConfigureAwait(false);

    // A client that does not read keeps what is sent to it waiting, and nothing else would tell that the exchange has ended meanwhile.
    private static async Task UnlessEndedAsync(HttpExchange exchange, ExchangeSocket service, Task passing)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ending = exchange.Ending.UnsafeRegister(static it => ((TaskCompletionSource)it!).TrySetResult(), ended).ConfigureAwait(false);
        if (await Task.WhenAny(passing, ended.Task).ConfigureAwait(false) == ended.Task)
        {
            // Says why.
            _ = await service.ReceiveAsync().ConfigureAwait(false);
        }

        await passing.ConfigureAwait(false);
    }

    private static async Task ToClientAsync(ExchangeSocket service, WebSocket client)
    {
        while (true)
        {
            var part = await service.ReceiveAsync().ConfigureAwait(false);
            if (part.CloseStatus is { } status)
            {
                await CloseAsync(client, status, part.CloseReason).ConfigureAwait(false);
                return;
            }

            try
            {
                await client.SendAsync(part.Bytes, part.IsText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, part.IsLast, CancellationToken.None).ConfigureAwait(false);
            }
            catch (WebSocketException)
            {
                throw ClientLeft();
            }
        }
    }

    private static async Task ToServiceAsync(WebSocket client, ExchangeSocket service, CancellationToken clientLeft)
    {
        var chunk = new byte[ChunkSize];
        while (true)
        {
            ValueWebSocketReceiveResult received;
            try
            {
                received = await client.ReceiveAsync(chunk.AsMemory(), clientLeft).ConfigureAwait(false);
            }
            catch (WebSocketException)
            {
                // Gone, or it sent what no WebSocket sends, such as a compressed frame: it has been told so by now.
                throw ClientLeft();
            }

            if (received.MessageType == WebSocketMessageType.Close)
            {
                await service.CloseAsync((int)client.CloseStatus!.Value, client.CloseStatusDescription).ConfigureAwait(false);
                return;
            }

            await service.SendAsync(new SocketPart(received.MessageType == WebSocketMessageType.Text, chunk.AsMemory(0, received.Count), received.EndOfMessage)).ConfigureAwait(false);
        }
    }

    private static async Task SayWhyAsync(WebSocket client, WebSocketCloseStatus status, string code)
    {
        try
        {
            await CloseAsync(client, (int)status, code).WaitAsync(LastWord).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is WebSocketException or TimeoutException or OperationCanceledException)
        {
            // It does not listen; the connection is closed in any case.
        }
    }

    private static Task CloseAsync(WebSocket client, int status, string? reason) => client.State is WebSocketState.Open or WebSocketState.CloseReceived
        ? client.CloseOutputAsync((WebSocketCloseStatus)status, status == (int)WebSocketCloseStatus.Empty ? null : reason, CancellationToken.None)
        : Task.CompletedTask;

    private static OperationCanceledException ClientLeft() => new("the client left");
}
