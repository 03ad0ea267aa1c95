using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Sanctum.Agents;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>Who may be connected to the proxy: as on the agents' sockets, strangers have places of their own, and no agent takes those of others.</summary>
internal sealed class ProxyPlaces
{
    private readonly ConnectionPlaces<ProxyConnection> _places;
    private readonly AgentHost _agents;
    private readonly ILogger _log;

    public ProxyPlaces(DaemonSettings settings, AgentHost agents, ILogger<ProxyPlaces> log)
    {
        var limits = settings.Limits;
        _places = new ConnectionPlaces<ProxyConnection>(limits.ProxyConnections, limits.UnauthenticatedConnections, settings.Proxy is not null);
        (_agents, _log) = (agents, log);
    }

    /// <summary>Serves a connection that has a place, until it ends.</summary>
    public async Task ServeAsync(ConnectionContext context, ConnectionDelegate next)
    {
        if (_agents.PeerOf(context) is not { } peer)
        {
            _log.Refused(context.ConnectionId, "its user may not connect");
            return;
        }

        var connection = new ProxyConnection(context, peer);
        var displaced = _places.Wait(connection);
        Displace(displaced);
        if (displaced == connection)
        {
            return;
        }

        context.Features.Set(connection);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            _places.Leave(connection);
        }
    }

    /// <summary>Gives a connection the place of an agent whose token it has sent.</summary>
    /// <exception cref="ProxyException">The agent has as many as it may.</exception>
    public void SignIn(ProxyConnection connection, AgentName agent)
    {
        var (admitted, displaced) = _places.SignIn(connection, agent);
        Displace(displaced);
        if (!admitted)
        {
            _log.Refused(connection.Id, "its agent has too many connections");
            throw ProxyErrors.TooManyConnections();
        }
    }

    private void Displace(ProxyConnection? connection)
    {
        if (connection is not null)
        {
            _log.Refused(connection.Id, "too many connections");
            connection.Abort("another connection took its place");
        }
    }
}
