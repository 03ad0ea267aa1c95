using System.Collections.Concurrent;
using Sanctum.Agents;

namespace Sanctum.Sessions;

/// <summary>The sessions that are open.</summary>
internal sealed class SessionTable
{
    private readonly ConcurrentDictionary<string, Session> _open = new(StringComparer.Ordinal);

    public void Add(Session session)
    {
        _open[session.Id] = session;
        session.Ended.Register(() => _open.TryRemove(session.Id, out _));
    }

    public void EndAll(AgentName agent)
    {
        foreach (var session in _open.Values.Where(session => session.Agent == agent))
        {
            session.End();
        }
    }

    public void EndAll()
    {
        foreach (var session in _open.Values)
        {
            session.End();
        }
    }
}
