using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sanctum.Daemon.Hosting;

/// <summary>Where the daemon listens on TCP, once it does. Of port 0, which leaves the choice to the system, it is the port that was taken.</summary>
internal sealed class BoundAddresses
{
    // Kestrel puts into them what it has bound.
    private ListenOptions? _agents, _operators, _proxy, _metrics, _health;

    /// <summary>For agents; null when there is none.</summary>
    public IPEndPoint? Tcp => _agents?.IPEndPoint;

    /// <summary>For operators; null when there is none.</summary>
    public IPEndPoint? Http => _operators?.IPEndPoint;

    /// <summary>The proxy; null when it is on its socket alone.</summary>
    public IPEndPoint? Proxy => _proxy?.IPEndPoint;

    /// <summary>For metrics; null when there is none.</summary>
    public IPEndPoint? Metrics => _metrics?.IPEndPoint;

    /// <summary>For load balancers; null when there is none.</summary>
    public IPEndPoint? Health => _health?.IPEndPoint;

    public void ForAgents(ListenOptions listener) => _agents = listener;

    public void ForOperators(ListenOptions listener) => _operators = listener;

    public void ForProxy(ListenOptions listener) => _proxy = listener;

    public void ForMetrics(ListenOptions listener) => _metrics = listener;

    public void ForHealth(ListenOptions listener) => _health = listener;
}
