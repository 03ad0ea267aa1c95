using System.Collections.Concurrent;
using Sanctum.Agents;
using Sanctum.Sealing;

namespace Sanctum.Egress.Connections;

/// <summary>All connections, each agent's apart.</summary>
internal sealed class ConnectionPool : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<AgentName, AgentConnections> _agents = new();
    private readonly EgressOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private bool _left;
    private bool _disposed;

    public ConnectionPool(EgressOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _sweep = time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    public AgentConnections Of(AgentName agent)
    {
        var connections = _agents.GetOrAdd(agent, static (_, it) => new AgentConnections(it._options, it._time), this);
        if (Volatile.Read(ref _left))
        {
            connections.Leave();
        }

        if (Volatile.Read(ref _disposed))
        {
            connections.Close();
        }

        return connections;
    }

    /// <summary>To be called when agents or credentials have changed: what was made for what is no more is not used any more.</summary>
    public void Recheck(UnsealedVault vault)
    {
        foreach (var (agent, connections) in _agents)
        {
            var known = vault.Agents.TryGetValue(agent, out var registered) && !registered.Info.Disabled;
            connections.Retire(connection =>
                !known || !vault.Credentials.TryFind(connection.Route.Credential.Path, out var now) || !ReferenceEquals(now, connection.Route.Credential));
            if (!known)
            {
                _agents.TryRemove(new(agent, connections));
            }
        }
    }

    /// <summary>To be called when policies have changed: they are made anew, which costs little, rather than looked at one by one.</summary>
    public void RetireAll()
    {
        foreach (var (_, connections) in _agents)
        {
            connections.Retire(_ => true);
        }
    }

    /// <summary>Keeps none any more: those that rest end now, those in use when they come back.</summary>
    public void Leave()
    {
        Volatile.Write(ref _left, true);
        _sweep.Dispose();
        foreach (var (_, connections) in _agents)
        {
            connections.Leave();
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _disposed, true);
        _sweep.Dispose();
        foreach (var (_, connections) in _agents)
        {
            connections.Close();
        }
    }

    private void Sweep()
    {
        foreach (var (_, connections) in _agents)
        {
            connections.Sweep();
        }
    }
}
