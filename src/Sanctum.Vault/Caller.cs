using Sanctum.Agents;
using Sanctum.Sessions;

namespace Sanctum;

/// <summary>An agent that has authenticated. Only a <see cref="Sessions.Session"/> gives one.</summary>
public sealed class Caller
{
    internal Caller(Session session) => Session = session;

    /// <summary>Who it is.</summary>
    public AgentName Agent => Session.Agent;

    internal Session Session { get; }
}
