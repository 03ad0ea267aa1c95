namespace Sanctum.Daemon.Rpc;

/// <summary>
/// The connections of one listener that have not signed in. When it is full, a newcomer takes the place of whoever has waited longest among those
/// who have the most: signing in takes milliseconds, so a place is lost by who holds many and stays silent.
/// </summary>
/// <param name="places">How many there may be.</param>
internal sealed class WaitingRoom<TConnection>(int places)
    where TConnection : class, IPlacedConnection
{
    private readonly LinkedList<TConnection> _inOrder = [];
    private readonly Dictionary<TConnection, LinkedListNode<TConnection>> _nodes = [];

    /// <summary>Lets a connection in.</summary>
    /// <returns>The connection that lost its place, if one had to: it can be the newcomer itself.</returns>
    public TConnection? Enter(TConnection newcomer)
    {
        _nodes[newcomer] = _inOrder.AddLast(newcomer);
        if (_inOrder.Count <= places)
        {
            return null;
        }

        // First between users, then between the processes of one: a process with a single connection keeps it beside one that floods.
        var source = Largest(_inOrder, connection => connection.Peer.Source);
        var leaver = Largest(source, connection => connection.Peer.Process).First();
        Leave(leaver);
        return leaver;
    }

    /// <returns>Whether it was there.</returns>
    public bool Leave(TConnection connection)
    {
        if (!_nodes.Remove(connection, out var node))
        {
            return false;
        }

        _inOrder.Remove(node);
        return true;
    }

    private static IEnumerable<TConnection> Largest<TKey>(IEnumerable<TConnection> connections, Func<TConnection, TKey> key) =>
        connections.GroupBy(key).MaxBy(group => group.Count())!;
}
