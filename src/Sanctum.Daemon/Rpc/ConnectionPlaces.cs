using Sanctum.Agents;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// Who may be connected. Each listener has places of its own for those who have not signed in, so that nobody on TCP keeps anybody off the Unix
/// socket. Those who have signed in share <c>limits.connections</c>, and no agent has more of them than it leaves to the others.
/// </summary>
internal sealed class ConnectionPlaces
{
    private readonly Lock _gate = new();
    private readonly WaitingRoom _unix;
    private readonly WaitingRoom _tcp;
    private int _signedInPlaces;
    private readonly Dictionary<AgentName, LinkedList<AgentConnection>> _byAgent = [];
    private readonly Dictionary<AgentConnection, AgentName> _agents = [];

    /// <param name="limits">The limits.</param>
    /// <param name="listensOnTcp">Whether the places for strangers are shared with TCP.</param>
    public ConnectionPlaces(LimitsConfig limits, bool listensOnTcp)
    {
        _signedInPlaces = limits.Connections;
        var onTcp = listensOnTcp ? Math.Max(1, limits.UnauthenticatedConnections / 2) : 0;
        _tcp = new WaitingRoom(onTcp);
        _unix = new WaitingRoom(Math.Max(1, limits.UnauthenticatedConnections - onTcp));
    }

    /// <summary>Takes another number of places for agents, for the next that signs in. Nobody loses a place by it.</summary>
    public void Reconfigure(LimitsConfig limits)
    {
        lock (_gate)
        {
            _signedInPlaces = limits.Connections;
        }
    }

    /// <summary>Lets in a connection that has not signed in, or has signed out.</summary>
    /// <returns>The connection that has to go for it; null when none has.</returns>
    public AgentConnection? Wait(AgentConnection connection)
    {
        lock (_gate)
        {
            LeaveAgent(connection);
            return RoomOf(connection).Enter(connection);
        }
    }

    /// <summary>Gives a connection the place of an agent. An agent that has none gets one from the agent that has the most.</summary>
    /// <returns>Whether there is one, and which connection has to go for it.</returns>
    public (bool Admitted, AgentConnection? Displaced) SignIn(AgentConnection connection, AgentName agent)
    {
        lock (_gate)
        {
            var held = _byAgent.GetValueOrDefault(agent)?.Count ?? 0;
            var again = _agents.TryGetValue(connection, out var before);
            if (again && before == agent)
            {
                return (true, null);
            }

            var left = _signedInPlaces - _agents.Count + (again ? 1 : 0);
            if (held > 0 && held + 1 > left - 1)
            {
                return (false, null);
            }

            LeaveAgent(connection);
            var displaced = left > 0 ? null : _byAgent.Values.MaxBy(connections => connections.Count)!.Last!.Value;
            if (displaced is not null)
            {
                LeaveAgent(displaced);
            }

            RoomOf(connection).Leave(connection);
            AddToAgent(connection, agent);
            return (true, displaced);
        }
    }

    /// <summary>The connection is over.</summary>
    public void Leave(AgentConnection connection)
    {
        lock (_gate)
        {
            RoomOf(connection).Leave(connection);
            LeaveAgent(connection);
        }
    }

    private WaitingRoom RoomOf(AgentConnection connection) => connection.Peer.IsTcp ? _tcp : _unix;

    private void AddToAgent(AgentConnection connection, AgentName agent)
    {
        if (!_byAgent.TryGetValue(agent, out var connections))
        {
            _byAgent[agent] = connections = [];
        }

        connections.AddLast(connection);
        _agents[connection] = agent;
    }

    private void LeaveAgent(AgentConnection connection)
    {
        if (!_agents.Remove(connection, out var agent))
        {
            return;
        }

        var connections = _byAgent[agent];
        connections.Remove(connection);
        if (connections.Count == 0)
        {
            _byAgent.Remove(agent);
        }
    }
}
