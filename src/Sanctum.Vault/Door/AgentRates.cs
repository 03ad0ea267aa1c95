using System.Collections.Concurrent;
using Sanctum.Agents;

namespace Sanctum.Door;

/// <summary>What an agent can do so often in a minute, and no more.</summary>
internal enum Rated
{
    /// <summary>Calls of tools that were let. Each is an entry that is on disk before the call.</summary>
    ToolCalls,

    /// <summary>What an agent says has become of its calls of tools. Nothing shows that there was such a call.</summary>
    ToolReports,

    /// <summary>Requests for access that were made before.</summary>
    RepeatedRequests,
}

/// <summary>
/// Counts what agents are let do without using a credential, by the minute. What is refused has its own limit: see <see cref="Audit.EntryTally"/>. Operators register agents, so there are only as many places as
/// they have made.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class AgentRates(TimeProvider time)
{
    /// <summary>Calls of tools by one agent in a minute, and as many reports: more than a model makes, and less than fills a log in a night.</summary>
    public const int MostToolCalls = 1200;

    /// <summary>How often an agent is told once more in a minute what it has asked for already.</summary>
    public const int MostRepeatedRequests = 30;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Agent, Rated What), Count> _counts = new();

    /// <exception cref="VaultException">It was as often within the minute; rate limited.</exception>
    public void Require(AgentName agent, Rated what)
    {
        var most = what == Rated.RepeatedRequests ? MostRepeatedRequests : MostToolCalls;
        var count = _counts.GetOrAdd((agent.Value, what), _ => new Count { Since = time.GetTimestamp() });
        lock (count)
        {
            if (time.GetElapsedTime(count.Since) >= Minute)
            {
                (count.Since, count.Number) = (time.GetTimestamp(), 0);
            }

            if (count.Number >= most)
            {
                throw Errors.RateLimited(
                    what == Rated.RepeatedRequests ? $"this agent has repeated its requests for access {most} times within a minute" : $"this agent has called tools {most} times within a minute",
                    Minute - time.GetElapsedTime(count.Since));
            }

            count.Number++;
        }
    }

    private sealed class Count
    {
        public long Since { get; set; }

        public int Number { get; set; }
    }
}
