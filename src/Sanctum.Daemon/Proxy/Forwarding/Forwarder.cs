using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sanctum.Door;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Has the vault send a client's request, and passes on the response as it comes.</summary>
/// <param name="vault">The vault.</param>
internal sealed class Forwarder(Vault vault)
{
    // As much as a TLS record holds.
    private const int PieceSize = 16 * 1024;

    /// <summary>Forwards one request.</summary>
    /// <param name="http">The client's side.</param>
    /// <param name="request">Where it goes, and for whom.</param>
    public async Task ForwardAsync(HttpContext http, ProxyRequest request)
    {
        // 1. What the client sent, without what is about this connection.
        var body = !request.IsForSocket && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? new RequestBody(http.Request.BodyReader) : null;
        try
        {
            var call = new HttpCall
            {
                Path = request.Run.Sole?.Path,
                HeaderType = request.Run.Sole?.HeaderType,
                HeaderName = request.Run.Sole?.HeaderName,
                Method = request.IsForSocket ? HttpMethods.Get : http.Request.Method,
                Url = request.Url,
                Headers = HopHeaders.Forwarded(http.Request.Headers),
                Body = body,
                IsForSocket = request.IsForSocket,
                BodyLength = body is null ? null : http.Request.ContentLength,
                Way = request.Way,
                Run = request.Run.Vaults,
                Lease = request.Lease,
            };

            // 2. The vault decides, records, sends and searches. A client that leaves ends it.
            await using var exchange = await vault.SendAsync(request.Run.Caller, call, http.RequestAborted).ConfigureAwait(false);
            if (exchange.Socket is { } socket)
            {
                await SocketForwarder.ForwardAsync(http, exchange, socket).ConfigureAwait(false);
                return;
            }

            await using var ending = exchange.Ending.UnsafeRegister(static it => ((HttpContext)it!).Abort(), http).ConfigureAwait(false);

            // 3. The response's head, its body as it comes, and its trailers.
            await StartAsync(http, exchange).ConfigureAwait(false);
            await CopyAsync(exchange.Body, http.Response.BodyWriter, http.RequestAborted).ConfigureAwait(false);
            AddTrailers(http, exchange);
        }
        finally
        {
            // 4. Before this returns: Kestrel takes the connection back, and what was not read of the body with it.
            if (body is not null)
            {
                await body.StopAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task StartAsync(HttpContext http, HttpExchange exchange)
    {
        http.Response.StatusCode = exchange.Status;
        HopHeaders.Return(exchange.Headers, http.Response.Headers);
        await http.Response.StartAsync(http.RequestAborted).ConfigureAwait(false);
    }

    // What has come is sent as soon as more has to be waited for, the head too: an event stream may say nothing for long. What is there together goes out together.
    private static async Task CopyAsync(Stream from, PipeWriter to, CancellationToken clientLeft)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        for (var unsent = 1; ;)
        {
            var reading = from.ReadAsync(piece.AsMemory(0, PieceSize), clientLeft);
            if (!reading.IsCompleted || unsent >= PieceSize)
            {
                await FlushAsync(to, clientLeft).ConfigureAwait(false);
                unsent = 0;
            }

            if (await ReadAsync(reading, to, unsent, clientLeft).ConfigureAwait(false) is not (> 0 and var count))
            {
                // Only here: where something fails, the read may still write into it.
                ArrayPool<byte>.Shared.Return(piece, clearArray: true);
                return;
            }

            to.Write(piece.AsSpan(0, count));
            unsent += count;
        }
    }

    // What came before a response broke off is the client's, its head too.
    private static async ValueTask<int> ReadAsync(ValueTask<int> reading, PipeWriter to, int unsent, CancellationToken clientLeft)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (VaultException) when (unsent > 0)
        {
            await FlushAsync(to, clientLeft).ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask FlushAsync(PipeWriter to, CancellationToken clientLeft)
    {
        if ((await to.FlushAsync(clientLeft).ConfigureAwait(false)).IsCompleted)
        {
            throw new OperationCanceledException("the client left");
        }
    }

    private static void AddTrailers(HttpContext http, HttpExchange exchange)
    {
        if (!http.Response.SupportsTrailers())
        {
            return;
        }

        foreach (var (name, values) in HopHeaders.ByName(exchange.Trailers))
        {
            http.Response.AppendTrailer(name, values);
        }
    }
}
