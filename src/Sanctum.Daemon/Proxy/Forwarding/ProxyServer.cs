using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Proxy.BaseUrls;
using Sanctum.Daemon.Proxy.Listening;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Responds to HTTP requests on the proxy's listeners: who sends them and where they go is read here, <see cref="Forwarder"/> does the rest.</summary>
internal sealed class ProxyServer(ProxyGate gate, BaseUrlGate baseUrls, ProxyPlaces places, Forwarder forwarder, AgentHost agents, ILogger<ProxyServer> log)
{
    private const string ClientLeft = "the client left", ClientLeftCode = "client_left";

    public async Task RespondAsync(HttpContext http)
    {
        var (start, span) = (Stopwatch.GetTimestamp(), agents.Telemetry.Start(http.Request));
        string? code = null;
        try
        {
            var read = await ReadAsync(http, http.Features.GetRequiredFeature<ProxyConnection>()).ConfigureAwait(false);
            var request = read with { IsForSocket = IsForSocket(http) };
            await forwarder.ForwardAsync(http, request).ConfigureAwait(false);
            log.Responded(http.TraceIdentifier, request.Way, "OK");
        }
        catch (SocketEndedException ended)
        {
            code = CodeOf(http, ended.Cause);
            Log(http, ended.Cause);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested || http.Response.HasStarted)
        {
            code = ClientLeftCode;
            log.Responded(http.TraceIdentifier, ProxyRequest.Proxy, ClientLeft);
            http.Abort();
        }
        catch (Exception failure)
        {
            code = CodeOf(http, failure);
            await FailAsync(http, failure).ConfigureAwait(false);
        }
        finally
        {
            agents.Telemetry.Ended(http, start, span, code);
        }
    }

    private static string CodeOf(HttpContext http, Exception failure) =>
        failure is OperationCanceledException ? ClientLeftCode : ProxyErrors.From(failure, http.TraceIdentifier).Code;

    private async ValueTask<ProxyRequest> ReadAsync(HttpContext http, ProxyConnection connection)
    {
        if (connection.Tunnel is { } tunnel)
        {
            return ProxyRequest.InTunnel(http, tunnel);
        }

        if (BaseUrl.TryParse(ProxyRequest.RawTarget(http), out var url))
        {
            var leased = await baseUrls.RequireAsync(http, connection, url).ConfigureAwait(false);
            places.SignIn(connection, leased.Run.Agent);
            return leased;
        }

        var run = await gate.RequireAsync(connection.Peer, http.Request.Headers.ProxyAuthorization, http.RequestAborted).ConfigureAwait(false);
        places.SignIn(connection, run.Agent);
        return new ProxyRequest(run, ProxyRequest.AbsoluteUrl(http), ProxyRequest.Proxy);
    }

    // Refuses what has no place here, or two readings.
    private static bool IsForSocket(HttpContext http)
    {
        var request = http.Request;
        var isForSocket = Upgrades.IsForSocket(http);

        // TRACE gives back what it was sent, the credential included; CONNECT has no place behind another request.
        if (!isForSocket && (HttpMethods.IsTrace(request.Method) || HttpMethods.IsConnect(request.Method)))
        {
            throw ProxyErrors.MethodRefused(request.Method);
        }

        // Kestrel has renamed the length when there are chunks too: two that read such a request can read two different ones (RFC 9112, section 6.1).
        if (request.Headers.TransferEncoding.Count > 0 && request.Headers.ContainsKey("X-Content-Length"))
        {
            throw ProxyErrors.BadRequest("the request has both Content-Length and Transfer-Encoding", "send one of them");
        }

        return isForSocket;
    }

    private void Log(HttpContext http, Exception failure)
    {
        if (failure is OperationCanceledException)
        {
            log.Responded(http.TraceIdentifier, ProxyRequest.Proxy, ClientLeft);
        }
        else if (ProxyErrors.IsExpected(failure))
        {
            log.Responded(http.TraceIdentifier, ProxyRequest.Proxy, ProxyErrors.From(failure, http.TraceIdentifier).Code);
        }
        else
        {
            log.Failed(http.TraceIdentifier, ProxyRequest.Proxy, failure);
        }
    }

    // Without chunks or a length, only a reset tells a body that was cut off from one that has ended.
    private static void CutOff(HttpContext http)
    {
        if (!HttpProtocol.IsHttp10(http.Request.Protocol) || http.Response.ContentLength is not null)
        {
            throw new CutOffException();
        }

        http.Features.GetRequiredFeature<ProxyConnection>().Reset();
    }

    private async Task FailAsync(HttpContext http, Exception failure)
    {
        Log(http, failure);
        if (http.Response.HasStarted)
        {
            // Part of a response is out: cut it off, so that it can't be taken for a whole one.
            CutOff(http);
            return;
        }

        http.Response.Clear();
        var error = ProxyErrors.From(failure, http.TraceIdentifier);
        await ErrorResponse.WriteAsync(http, error with { DocsUrl = agents.PageOf(error.Code) }).ConfigureAwait(false);
    }
}
