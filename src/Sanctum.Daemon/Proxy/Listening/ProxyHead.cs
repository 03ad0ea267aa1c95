using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;
using Sanctum.Door;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>
/// What comes first on a connection to the proxy. A CONNECT request is served here: who it is and where it may go is decided before the client is told that
/// there is a tunnel. Everything else is HTTP.
/// </summary>
internal sealed class ProxyHead(Vault vault, ProxyGate gate, ProxyPlaces places, AgentHost agents, ProxyTimes times, DrainState drain, ILogger<ProxyHead> log)
{
    // A TLS record of a handshake (RFC 8446, section 5.1).
    private const byte Handshake = 22;

    // Each is asked for the token again; a client needs one try more than it has tokens.
    private const int MostTries = 4;

    /// <summary>Serves a connection until it ends.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="tls">Goes on with TLS, and HTTP inside of it.</param>
    /// <param name="plain">Goes on with HTTP.</param>
    public async Task ServeAsync(ConnectionContext context, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        var connection = context.Features.GetRequiredFeature<ProxyConnection>();
        try
        {
            for (var left = MostTries; ; left--)
            {
                if (await ReadAsync(context).ConfigureAwait(false) is not { } head)
                {
                    await plain(context).ConfigureAwait(false);
                    return;
                }

                if (!await ServeAsync(context, connection, head, left > 1, tls, plain).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (ProxyException stopping)
        {
            await RefuseAsync(context, stopping.Error, keep: false).ConfigureAwait(false);
        }
        catch (BadHttpRequestException malformed)
        {
            await RefuseAsync(context, ProxyErrors.From(malformed, connection.Id), keep: false).ConfigureAwait(false);
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            log.Disconnected(connection.Id, over is OperationCanceledException ? "waited too long" : "the client left");
        }
    }

    // Whether the connection goes on with another head.
    private async Task<bool> ServeAsync(
        ConnectionContext context, ProxyConnection connection, ConnectHead head, bool mayTryAgain, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        try
        {
            // 1. Where to, and who says so. A tunnel is new work.
            if (drain.HasBegun)
            {
                throw ProxyErrors.Stopping();
            }

            var target = TargetOf(head);
            var run = await gate.RequireAsync(connection.Peer, head.Authorization, context.ConnectionClosed).ConfigureAwait(false);
            var caller = run.Caller;
            places.SignIn(connection, run.Agent);

            // 2. Whether it may, which is on the record before the client hears of it.
            using var ended = run.Ended.UnsafeRegister(_ => connection.Abort("the run has ended"), null);
            var route = await RouteAsync(caller, run, target).ConfigureAwait(false);

            // 3. A tunnel that ends here, or at the host.
            await (route == HostRoute.Exchange
                ? TerminateAsync(context, connection, new ProxyTunnel(run, target), tls, plain)
                : TunnelAsync(context, caller, target)).ConfigureAwait(false);
            return false;
        }
        catch (Exception failure) when (failure is ProxyException || (failure is VaultException && (ProxyErrors.IsExpected(failure) || RpcErrors.IsWithoutDatabase(failure))))
        {
            var error = ProxyErrors.From(failure, connection.Id);
            var keep = error.Status == StatusCodes.Status407ProxyAuthenticationRequired && mayTryAgain && !head.IsHttp10 && !head.HasBody;
            await RefuseAsync(context, error, keep).ConfigureAwait(false);
            return keep;
        }
    }

    private static HostPort TargetOf(ConnectHead head) =>
        head.HasBody ? throw ProxyErrors.BadRequest("a CONNECT request has no body", "send what follows after the response")
        : HostPort.TryParse(head.Target, defaultPort: null, out var target) ? target
        : throw ProxyErrors.BadRequest("the target of CONNECT must be a host and a port", "send 'CONNECT host:port', with the host in ASCII");

    private async Task TerminateAsync(ConnectionContext context, ProxyConnection connection, ProxyTunnel tunnel, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        connection.Tunnel = tunnel;
        await HeadResponse.EstablishAsync(context.Transport.Output).ConfigureAwait(false);
        if (await PeekAsync(context).ConfigureAwait(false) is not { } first)
        {
            return;
        }

        tunnel.IsSecure = first == Handshake;
        await (tunnel.IsSecure ? tls : plain)(context).ConfigureAwait(false);
    }

    private async Task<HostRoute> RouteAsync(Caller caller, ProxyRun run, HostPort target)
    {
        try
        {
            return await ChooseAsync(caller, run, target).ConfigureAwait(false);
        }
        catch (VaultException refused) when (refused.Code == VaultErrorCode.EgressDenied)
        {
            run.Refusals.Add(target);
            throw;
        }
    }

    private async Task<HostRoute> ChooseAsync(Caller caller, ProxyRun run, HostPort target)
    {
        if (run.Sole is { } sole)
        {
            await vault.RequireBoundAsync(caller, sole.Path, target.UrlHost, target.Port).ConfigureAwait(false);
            return run.Authority.Covers(target) ? HostRoute.Exchange : throw ProxyErrors.StaleRun(target);
        }

        var route = await vault.RouteAsync(caller, target.UrlHost, target.Port).ConfigureAwait(false);
        return route == HostRoute.Exchange && !run.Authority.Covers(target) ? throw ProxyErrors.NotOfRun(target) : route;
    }

    private async Task TunnelAsync(ConnectionContext context, Caller caller, HostPort target)
    {
        await using var tunnel = await vault.ConnectAsync(caller, target.UrlHost, target.Port, CancellationToken.None).ConfigureAwait(false);
        await HeadResponse.EstablishAsync(context.Transport.Output).ConfigureAwait(false);
        await new TunnelCopy(context.Transport, tunnel.Stream, tunnel.IsOver, times).RunAsync(tunnel.Ending).ConfigureAwait(false);
    }

    private async ValueTask<ConnectHead?> ReadAsync(ConnectionContext context)
    {
        // A client that has not begun is not waited for when the daemon stops.
        using var patience = times.Wait(times.Head);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, drain.Begun);
        try
        {
            return await HeadReader.ReadConnectAsync(context.Transport.Input, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (drain.HasBegun)
        {
            throw ProxyErrors.Stopping(); // Its request may be on the way.
        }
    }

    private async ValueTask<byte?> PeekAsync(ConnectionContext context)
    {
        using var patience = times.Wait(times.Head);
        return await HeadReader.PeekAsync(context.Transport.Input, patience.Token).ConfigureAwait(false);
    }

    // Whoever does not take a refusal does not keep the connection by that.
    private async Task RefuseAsync(ConnectionContext context, ProxyError error, bool keep)
    {
        using var patience = times.Wait(times.Refusal);
        await HeadResponse.RefuseAsync(context.Transport.Output, error with { DocsUrl = agents.PageOf(error.Code) }, keep, patience.Token).ConfigureAwait(false);
    }
}
