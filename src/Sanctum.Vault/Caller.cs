using Sanctum.Agents;

namespace Sanctum;

/// <summary>An agent that has authenticated. Only a <see cref="Sessions.Session"/> gives one.</summary>
public sealed class Caller
{
    internal Caller(AgentName agent, string sessionId) => (Agent, SessionId) = (agent, sessionId);

    /// <summary>Who it is.</summary>
    public AgentName Agent { get; }

    internal string SessionId { get; }
}
