namespace Sanctum.Egress.Connections;

/// <summary>One agent's connections, those in use and those kept for the next request.</summary>
internal sealed class AgentConnections(EgressOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<Connection> _all = [];
    private bool _closed;

    /// <summary>A connection that is there and was made for just this; null when there is none.</summary>
    public Connection? TryTake(Route route)
    {
        lock (_lock)
        {
            // The last made is the likeliest to be alive.
            for (var i = _all.Count - 1; i >= 0; i--)
            {
                var connection = _all[i];
                if ((connection.Users == 0 || connection.IsShared) && IsFit(connection) && connection.Route.Matches(route))
                {
                    connection.Users++;
                    return connection;
                }
            }

            return null;
        }
    }

    /// <summary>Adds a new one, in use.</summary>
    public void Add(Connection connection)
    {
        connection.Guard.Closed = () => Forget(connection);
        lock (_lock)
        {
            connection.Users++;
            connection.IsRetired = _closed;
            _all.Add(connection);
        }
    }

    /// <summary>Gives it back.</summary>
    /// <param name="fit">Whether another request may go over it.</param>
    public void Return(Connection connection, bool fit)
    {
        List<Connection>? ended;
        bool rests;
        lock (_lock)
        {
            connection.Users--;
            connection.Served++;
            connection.IsRetired |= !fit || HasAnother(connection);
            connection.RestedAt = time.GetTimestamp();
            rests = connection is { Users: 0, IsRetired: false, IsShared: false };
            if (rests)
            {
                connection.Guard.Rest();
            }

            ended = EndIdle();
        }

        ended?.ForEach(one => one.Dispose());
        if (rests)
        {
            _ = EndOnArrivalAsync(connection, connection.Served);
        }
    }

    /// <summary>Ends those of which this is true: at once when they rest, otherwise when they come back.</summary>
    public void Retire(Predicate<Connection> which)
    {
        List<Connection>? ended;
        lock (_lock)
        {
            foreach (var connection in _all)
            {
                connection.IsRetired |= which(connection);
            }

            ended = EndIdle();
        }

        if (ended is not null)
        {
            // Elsewhere: whoever changes policies or credentials writes the audit log, and does not wait for this.
            ThreadPool.UnsafeQueueUserWorkItem(static it => it.ForEach(one => one.Dispose()), ended, preferLocal: false);
        }
    }

    /// <summary>Keeps none any more: those that rest end now, those in use when they come back.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _closed = true;
        }

        Retire(_ => true);
    }

    /// <summary>Ends all, in use or not.</summary>
    public void Close()
    {
        Connection[] all;
        lock (_lock)
        {
            _closed = true;
            all = [.. _all];
            _all.Clear();
        }

        Array.ForEach(all, one => one.Dispose());
    }

    /// <summary>Ends those that have rested for too long.</summary>
    public void Sweep() => Retire(connection => connection.Users == 0 && !IsFit(connection));

    private bool IsFit(Connection connection) =>
        !connection.IsRetired && !connection.Guard.IsClosed
        && time.GetElapsedTime(connection.MadeAt) < options.ConnectionLifetime
        && (connection.Users > 0 || time.GetElapsedTime(connection.RestedAt) < options.IdleTimeout);

    // Of those that carry many requests, one is enough: several are made when several requests come at once and find none.
    private bool HasAnother(Connection connection)
    {
        foreach (var other in _all)
        {
            if (connection.IsShared && other.IsShared && other != connection && IsFit(other) && other.Route.Matches(connection.Route))
            {
                return true;
            }
        }

        return false;
    }

    // Takes out those that rest and are not to, and the longest resting of those that are too many.
    private List<Connection>? EndIdle()
    {
        List<Connection>? ended = null;
        var resting = 0;
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i] is { Users: 0, IsRetired: true } retired)
            {
                _all.RemoveAt(i);
                (ended ??= []).Add(retired);
            }
            else if (_all[i].Users == 0)
            {
                resting++;
            }
        }

        for (; resting > options.MaxIdleConnectionsPerAgent; resting--)
        {
            var longest = _all.Where(connection => connection.Users == 0).MinBy(connection => connection.RestedAt)!;
            _all.Remove(longest);
            (ended ??= []).Add(longest);
        }

        return ended;
    }

    private void Forget(Connection connection)
    {
        lock (_lock)
        {
            _all.Remove(connection);
        }
    }

    // What arrives on a connection that rests ends it.
    private async Task EndOnArrivalAsync(Connection connection, int served)
    {
        await connection.ArrivalAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (connection.Users > 0 || connection.Served != served || !_all.Remove(connection))
            {
                return;
            }
        }

        connection.Dispose();
    }
}
