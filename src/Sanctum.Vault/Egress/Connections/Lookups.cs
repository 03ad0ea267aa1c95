using System.Collections.Concurrent;
using System.Net;
using Sanctum.Agents;

namespace Sanctum.Egress.Connections;

/// <summary>
/// Asks the resolver, for each call by itself. The system's can't be interrupted: a call that has left does not end its look-up. So look-ups
/// are counted until they end, and an agent has no more of them than it may have requests.
/// </summary>
internal sealed class Lookups(EgressOptions options)
{
    private readonly ConcurrentDictionary<AgentName, int> _running = new();

    /// <exception cref="VaultException">Too many of this agent's have not come to an end; rate limited.</exception>
    public async Task<IPAddress[]> FindAsync(AgentName agent, string host, CancellationToken cancellationToken)
    {
        if (_running.AddOrUpdate(agent, 1, static (_, count) => count + 1) > options.MaxConcurrentPerAgent)
        {
            Leave(agent);
            throw Errors.RateLimited($"this agent already has {options.MaxConcurrentPerAgent} host names being looked up", TimeSpan.FromSeconds(5));
        }

        var lookup = LookUpAsync(agent, host, cancellationToken);
        return await lookup.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<IPAddress[]> LookUpAsync(AgentName agent, string host, CancellationToken cancellationToken)
    {
        try
        {
            return await options.Resolve(host, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave(agent);
        }
    }

    private void Leave(AgentName agent)
    {
        if (_running.AddOrUpdate(agent, 0, static (_, count) => count - 1) == 0)
        {
            _running.TryRemove(new(agent, 0));
        }
    }
}
