using System.Collections.Concurrent;
using Sanctum.Agents;
using Sanctum.Destinations;
using Sanctum.Sealing;

namespace Sanctum.Egress;

/// <summary>The connections that are passed on unread, so that a grant that is taken back ends them at once.</summary>
internal sealed class Tunnels
{
    private readonly ConcurrentDictionary<OpenTunnel, bool> _open = new();

    /// <summary>Adds one; disposing it takes it out again.</summary>
    /// <exception cref="VaultException">The agent has as many as it may have; rate limited.</exception>
    public OpenTunnel Add(UnsealedVault vault, AgentName agent, Origin origin, CancellationToken cancellationToken)
    {
        var tunnel = new OpenTunnel(this, agent, origin, cancellationToken);
        _open[tunnel] = true;
        var most = vault.Options.Egress.MaxTunnelsPerAgent;
        if (_open.Keys.Count(open => open.Agent == agent) > most)
        {
            tunnel.Dispose();
            throw Errors.RateLimited($"this agent already has {most} connections open through the proxy", TimeSpan.FromSeconds(1));
        }

        // What was withdrawn between the decision and now did not see it.
        tunnel.WithdrawUnlessStanding(vault);
        return tunnel;
    }

    /// <summary>To be called when policies have changed.</summary>
    public void Recheck(UnsealedVault vault)
    {
        foreach (var (tunnel, _) in _open)
        {
            tunnel.WithdrawUnlessStanding(vault);
        }
    }

    public void Remove(OpenTunnel tunnel) => _open.TryRemove(tunnel, out _);
}

/// <summary>A connection that is passed on unread.</summary>
internal sealed class OpenTunnel(Tunnels all, AgentName agent, Origin origin, CancellationToken cancellationToken) : IDisposable
{
    private readonly Withdrawal _withdrawal = new(cancellationToken);

    public AgentName Agent => agent;

    /// <summary>Cancelled when it may not go on.</summary>
    public CancellationToken Ending => _withdrawal.Token;

    /// <summary>Whether its grant is gone.</summary>
    public bool IsWithdrawn { get; private set; }

    public void WithdrawUnlessStanding(UnsealedVault vault)
    {
        if (vault.Others.IsCutOff || vault.Policies.LettingConnect(agent, origin, vault.Moment).Count == 0)
        {
            IsWithdrawn = true;
            _withdrawal.Begin();
        }
    }

    public void Dispose()
    {
        all.Remove(this);
        _withdrawal.Dispose();
    }
}
