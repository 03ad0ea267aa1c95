using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Hosting.Tls;

/// <summary>
/// One listener's handshakes. They have places of their own, as connections that have not signed in do: when there are too many, a newcomer takes the place of
/// the oldest of the source that has the most. So whoever connects and stays silent keeps nobody out.
/// </summary>
/// <param name="tls">The certificate.</param>
/// <param name="places">How many there may be.</param>
/// <param name="time">The clock.</param>
/// <param name="refuse">Says why a connection is not served, in the words of its protocol.</param>
/// <param name="log">The daemon's log.</param>
internal sealed class TlsHandshakes(ServerTls tls, int places, TimeProvider time, Func<ConnectionContext, TlsFlaw, Task> refuse, ILogger log)
{
    // A TLS record of a handshake (RFC 8446, section 5.1).
    private const byte Record = 22;

    private readonly Lock _gate = new();
    private readonly WaitingRoom<TlsHandshake> _room = new(places);

    /// <summary>Puts TLS on a listener; what is added after it is inside.</summary>
    public static void Use(ListenOptions listener, DaemonSettings settings, Func<ConnectionContext, TlsFlaw, Task> refuse)
    {
        var services = listener.ApplicationServices;
        var tls = services.GetRequiredService<ServerTls>();
        var handshakes = new TlsHandshakes(
            tls, Math.Max(1, settings.Limits.UnauthenticatedConnections / 2), settings.Time, refuse, services.GetRequiredService<ILogger<TlsHandshakes>>());
        listener.Use(next => connection => handshakes.BeginAsync(connection, next));
        listener.UseHttps(tls.Options());
        listener.Use(next => connection => handshakes.CompleteAsync(connection, next));
    }

    private async Task BeginAsync(ConnectionContext context, ConnectionDelegate secure)
    {
        var handshake = new TlsHandshake(context, ConnectionPeer.OfTcp(((IPEndPoint)context.RemoteEndPoint!).Address));
        Displace(Enter(handshake), handshake);
        context.Features.Set(handshake);
        try
        {
            if (await FirstByteAsync(context.Transport.Input).ConfigureAwait(false) is not { } first)
            {
                return;
            }

            if (first != Record)
            {
                await RefuseAsync(context, handshake, TlsFlaw.NotTls).ConfigureAwait(false);
                return;
            }

            await secure(context).ConfigureAwait(false);
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            log.Disconnected(handshake.Id, over is OperationCanceledException ? "no TLS handshake in time" : "the peer disconnected");
        }
        finally
        {
            Leave(handshake);
        }
    }

    private async Task CompleteAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var handshake = context.Features.Get<TlsHandshake>()!;
        if (!Leave(handshake))
        {
            return; // It has lost its place.
        }

        if (tls.RequiresClientCertificate && handshake.Client != ClientCertificate.Trusted)
        {
            await RefuseAsync(context, handshake, handshake.Client == ClientCertificate.None ? TlsFlaw.NoCertificate : TlsFlaw.UntrustedCertificate).ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    private async Task RefuseAsync(ConnectionContext context, TlsHandshake handshake, TlsFlaw flaw)
    {
        log.Refused(handshake.Id, flaw switch
        {
            TlsFlaw.NotTls => "it does not speak TLS",
            TlsFlaw.NoCertificate => "it has no client certificate",
            _ => "its client certificate is not trusted",
        });
        await refuse(context, flaw).ConfigureAwait(false);
    }

    private async ValueTask<byte?> FirstByteAsync(PipeReader input)
    {
        using var late = new CancellationTokenSource(ServerTls.HandshakeTimeout, time);
        while (true)
        {
            var read = await input.ReadAsync(late.Token).ConfigureAwait(false);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            if (first is not null || read.IsCompleted)
            {
                return first;
            }
        }
    }

    private TlsHandshake? Enter(TlsHandshake handshake)
    {
        lock (_gate)
        {
            return _room.Enter(handshake);
        }
    }

    private bool Leave(TlsHandshake handshake)
    {
        lock (_gate)
        {
            return _room.Leave(handshake);
        }
    }

    private void Displace(TlsHandshake? displaced, TlsHandshake newcomer)
    {
        if (displaced is not null)
        {
            log.Refused(displaced.Id, displaced == newcomer ? "too many handshakes" : "another handshake took its place");
            displaced.Abort();
        }
    }
}
