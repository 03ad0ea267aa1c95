using System.Collections.Concurrent;
using Sanctum.Agents;
using Sanctum.Egress.Receiving;

namespace Sanctum.Egress;

/// <summary>
/// How many requests one agent may have running, and send in a minute, and what they and their responses may hold. Kept by the agent's name, whatever connection or session it
/// comes on. A bucket of tokens: a minute's worth at once, then as fast as they are given out again.
/// </summary>
internal sealed class AgentQuota(EgressOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<AgentName, Bucket> _agents = new();
    private readonly SharedMemory _receiving = new(options.MaxResponseMemory);
    private readonly SharedMemory _sending = new(options.MaxRequestMemory);

    /// <summary>Takes other limits, for the next request on. What memory there is stays.</summary>
    public void Reconfigure(EgressOptions now) => options = now;

    /// <summary>Counts a request; disposing what it returns says that it is over.</summary>
    /// <exception cref="VaultException">The agent has to wait; rate limited.</exception>
    public Bucket Enter(AgentName agent)
    {
        var bucket = BucketOf(agent);
        lock (bucket)
        {
            if (bucket.Running >= options.MaxConcurrentPerAgent)
            {
                throw Errors.RateLimited($"this agent already has {options.MaxConcurrentPerAgent} requests running", TimeSpan.FromSeconds(1));
            }

            if (options.MaxPerMinutePerAgent > 0 && !bucket.TryTake(options.MaxPerMinutePerAgent, time, out var wait))
            {
                throw Errors.RateLimited($"this agent has sent {options.MaxPerMinutePerAgent} requests within a minute", wait);
            }

            bucket.Running++;
        }

        return bucket;
    }

    /// <summary>The memory for the bodies of an agent's requests.</summary>
    public MemoryBudget BodiesOf(AgentName agent) => BucketOf(agent).Bodies;

    private Bucket BucketOf(AgentName agent) => _agents.GetOrAdd(
        agent, _ => new Bucket(new MemoryBudget(_receiving, "receiving"), new MemoryBudget(_sending, "sending"), options.MaxPerMinutePerAgent, time.GetTimestamp()));

    /// <summary>One agent's.</summary>
    internal sealed class Bucket(MemoryBudget memory, MemoryBudget bodies, double tokens, long at) : IDisposable
    {
        private double _tokens = tokens;
        private long _at = at;

        /// <summary>For the responses to this agent, until they are let go of: longer than the request runs.</summary>
        public MemoryBudget Memory => memory;

        /// <summary>For the bodies of its requests, while they run.</summary>
        public MemoryBudget Bodies => bodies;

        public int Running { get; set; }

        public bool TryTake(int perMinute, TimeProvider time, out TimeSpan wait)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(perMinute, _tokens + (time.GetElapsedTime(_at, now).TotalMinutes * perMinute));
            _at = now;
            wait = TimeSpan.FromMinutes((1 - _tokens) / perMinute);
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }

        public void Dispose()
        {
            lock (this)
            {
                Running--;
            }
        }
    }
}
