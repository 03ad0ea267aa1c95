using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Upstream.Routes;

/// <summary>
/// WebSockets. <c>/socket/echo</c> sends each message back, <c>/socket/key</c> the request's headers and then nothing, <c>/socket/pieces</c> them byte by byte in
/// frames of one message, <c>/socket/close/{code}/{reason}</c> closes so at once, <c>/socket/break</c> sends a message and cuts off at the next. <c>?binary</c> has the key come in a binary message.
/// </summary>
internal static class SocketRoutes
{
    public static void Map(WebApplication app)
    {
        app.UseWebSockets();
        app.Map("/socket/echo", async context =>
        {
            using var socket = await AcceptAsync(context);
            var buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
            {
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, context.RequestAborted);
        });
        app.Map("/socket/key", async context =>
        {
            using var socket = await AcceptAsync(context);
            var type = context.Request.Query.ContainsKey("binary") ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
            await socket.SendAsync(Headers(context).AsMemory(), type, endOfMessage: true, context.RequestAborted);
            await UntilClosedAsync(socket, context);
        });
        app.Map("/socket/pieces", async context =>
        {
            using var socket = await AcceptAsync(context);
            var text = Headers(context);
            for (var i = 0; i < text.Length; i++)
            {
                await socket.SendAsync(text.AsMemory(i, 1), WebSocketMessageType.Text, i == text.Length - 1, context.RequestAborted);
            }

            await UntilClosedAsync(socket, context);
        });
        app.Map("/socket/close/{code:int}/{**reason}", async (int code, string? reason, HttpContext context) =>
        {
            using var socket = await AcceptAsync(context);
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason == "key" ? context.Request.Headers.Authorization.ToString() : reason, context.RequestAborted);
            await UntilClosedAsync(socket, context);
        });
        app.Map("/socket/break", async context =>
        {
            using var socket = await AcceptAsync(context);
            await socket.SendAsync("before"u8.ToArray().AsMemory(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            await socket.ReceiveAsync(new byte[100].AsMemory(), context.RequestAborted);
            context.Abort();
        });
    }

    private static Task<WebSocket> AcceptAsync(HttpContext context) => context.WebSockets.AcceptWebSocketAsync(
        new WebSocketAcceptContext { SubProtocol = context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(), DangerousEnableCompression = true });

    private static byte[] Headers(HttpContext context) =>
        Encoding.Latin1.GetBytes(string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}")));

    private static async Task UntilClosedAsync(WebSocket socket, HttpContext context)
    {
        var buffer = new byte[1024];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted)).MessageType != WebSocketMessageType.Close)
        {
            // Whatever is sent is not for this route.
        }

        if (socket.State == WebSocketState.CloseReceived)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
    }
}
