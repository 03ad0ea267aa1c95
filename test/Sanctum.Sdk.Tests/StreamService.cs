using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>A service over TLS whose requests and responses have no end but the test's: events, large bodies, models that speak, gRPC. Nothing is held in memory.</summary>
public sealed class StreamService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private StreamService(TestAuthority authority)
    {
        _certificate = authority.Issue("localhost", "127.0.0.1");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate));
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<EchoService>();
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            Requests.Enqueue((context.Request.Path, context.Request.Protocol, context.Request.Headers.Authorization + context.Request.Headers["X-Api-Key"] + context.Request.Headers["Api-Key"]));
            return next(context);
        });
        _app.UseWebSockets();
        _app.Map("/socket", SocketAsync);
        _app.MapGrpcService<EchoService>();
        _app.MapGet("/ok", () => "ok");
        _app.MapGet("/once/{id}", (string id) => id);
        _app.MapGet("/events", EventsAsync);
        _app.MapGet("/download/{mib}", DownloadAsync);
        _app.MapMethods("/upload", ["POST", "PUT"], UploadAsync);
        _app.MapPost("/openai/v1/chat/completions", OpenAIAsync);
        _app.MapPost("/openai/deployments/{name}/chat/completions", OpenAIAsync);
        _app.MapPost("/anthropic/v1/messages", AnthropicAsync);
    }

    /// <summary>The service's address.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>What came: path, protocol and key.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<(string Path, string Protocol, string Key)> Requests { get; } = new();

    /// <summary>What <c>/events</c> and the models say next. They end when it is completed.</summary>
    public Channel<string> Words { get; set; } = Channel.CreateUnbounded<string>();

    /// <summary>When a piece was last written, as a timestamp.</summary>
    public long SaidAt { get; private set; }

    public static async Task<StreamService> StartAsync(TestAuthority authority)
    {
        var service = new StreamService(authority);
        await service._app.StartAsync();
        var address = service._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        service.Origin = $"https://localhost:{new Uri(address).Port}";
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private Task EventsAsync(HttpContext context) => SpeakAsync(context, word => $"data: {word}\n\n");

    private async Task SpeakAsync(HttpContext context, Func<string, string> form)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        await context.Response.Body.FlushAsync(context.RequestAborted);
        await foreach (var word in Words.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(form(word), context.RequestAborted);
            SaidAt = System.Diagnostics.Stopwatch.GetTimestamp();
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    // Says its key, and then each message back.
    private static async Task SocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var buffer = new byte[64 * 1024];
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(context.Request.Headers.Authorization.ToString()).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
        {
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    // The key that came is the first word.
    private async Task OpenAIAsync(HttpContext context)
    {
        await SpeakAsync(context, word =>
            $$$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{word}}} {{{context.Request.Headers.Authorization}}}"},"finish_reason":null}]}""" + "\n\n");
        await context.Response.WriteAsync("data: [DONE]\n\n");
    }

    private async Task AnthropicAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("""
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}


            """);
        await SpeakAsync(context, word => $$$"""
            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{word}}} {{{context.Request.Headers.Authorization}}}{{{context.Request.Headers["X-Api-Key"]}}}"}}


            """);
        await context.Response.WriteAsync("""
            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}

            event: message_stop
            data: {"type":"message_stop"}


            """);
    }

    private static async Task DownloadAsync(HttpContext context, int mib)
    {
        var block = Filler.Text(64 * 1024);
        context.Response.ContentType = "text/plain";
        for (var left = mib * 16; left > 0; left--)
        {
            await context.Response.Body.WriteAsync(block, context.RequestAborted);
        }
    }

    private static async Task UploadAsync(HttpContext context)
    {
        var (buffer, total) = (new byte[64 * 1024], 0L);
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is var count and > 0)
        {
            total += count;
        }

        await context.Response.WriteAsync($"{total} {(context.Request.ContentLength is { } told ? told : "chunked")} {context.Request.Headers.Authorization}");
    }
}
