using Sanctum.Agents;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// Who may be connected. Each listener has places of its own for those who have not signed in, so that nobody on TCP keeps anybody off the Unix
/// socket. Those who have signed in share other places, and no agent has more of them than it leaves to the others.
/// </summary>
internal sealed class ConnectionPlaces<TConnection>
    where TConnection : class, IPlacedConnection
{
    private readonly Lock _gate = new();
    private readonly WaitingRoom<TConnection> _unix;
    private readonly WaitingRoom<TConnection> _tcp;
    private int _signedInPlaces;
    private readonly Dictionary<AgentName, LinkedList<TConnection>> _byAgent = [];
    private readonly Dictionary<TConnection, AgentName> _agents = [];

    /// <param name="signedIn">How many places there are for those who have signed in.</param>
    /// <param name="strangers">How many there are for those who have not.</param>
    /// <param name="listensOnTcp">Whether the places for strangers are shared with TCP.</param>
    public ConnectionPlaces(int signedIn, int strangers, bool listensOnTcp)
    {
        _signedInPlaces = signedIn;
        var onTcp = listensOnTcp ? Math.Max(1, strangers / 2) : 0;
        _tcp = new WaitingRoom<TConnection>(onTcp);
        _unix = new WaitingRoom<TConnection>(Math.Max(1, strangers - onTcp));
    }

    /// <summary>Takes another number of places for agents, for the next that signs in. Nobody loses a place by it.</summary>
    public void Reconfigure(int signedIn)
    {
        lock (_gate)
        {
            _signedInPlaces = signedIn;
        }
    }

    /// <summary>Lets in a connection that has not signed in, or has signed out.</summary>
    /// <returns>The connection that has to go for it; null when none has.</returns>
    public TConnection? Wait(TConnection connection)
    {
        lock (_gate)
        {
            LeaveAgent(connection);
            return RoomOf(connection).Enter(connection);
        }
    }

    /// <summary>Gives a connection the place of an agent. An agent that has none gets one from the agent that has the most.</summary>
    /// <returns>Whether there is one, and which connection has to go for it.</returns>
    public (bool Admitted, TConnection? Displaced) SignIn(TConnection connection, AgentName agent)
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
    public void Leave(TConnection connection)
    {
        lock (_gate)
        {
            RoomOf(connection).Leave(connection);
            LeaveAgent(connection);
        }
    }

    private WaitingRoom<TConnection> RoomOf(TConnection connection) => connection.Peer.IsTcp ? _tcp : _unix;

    private void AddToAgent(TConnection connection, AgentName agent)
    {
        if (!_byAgent.TryGetValue(agent, out var connections))
        {
            _byAgent[agent] = connections = [];
        }

        connections.AddLast(connection);
        _agents[connection] = agent;
    }

    private void LeaveAgent(TConnection connection)
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
