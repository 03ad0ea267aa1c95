using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>A client's connection to the proxy. What happens inside of it finds this among its features.</summary>
/// <param name="context">Kestrel's side of it.</param>
/// <param name="peer">Where it comes from.</param>
internal sealed class ProxyConnection(ConnectionContext context, ConnectionPeer peer) : IPlacedConnection
{
    public string Id => context.ConnectionId;

    public ConnectionPeer Peer => peer;

    /// <summary>The tunnel that a CONNECT request opened; null where there is none.</summary>
    public ProxyTunnel? Tunnel { get; set; }

    /// <summary>Closes it at once.</summary>
    public void Abort(string why) => context.Abort(new ConnectionAbortedException(why));

    /// <summary>Closes it at once, so that the client sees no orderly end (RST).</summary>
    public void Reset()
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }

        Abort("the response was cut off");
    }
}

/// <summary>A tunnel whose end is here: what comes through it is read.</summary>
/// <param name="Run">Who opened it.</param>
/// <param name="Target">Where it goes.</param>
internal sealed record ProxyTunnel(ProxyRun Run, HostPort Target)
{
    /// <summary>Whether the client speaks TLS inside of it.</summary>
    public bool IsSecure { get; set; }

    /// <summary>The server's name in the TLS handshake, where it was another than the tunnel's.</summary>
    public string? OtherName { get; set; }
}
