using Sanctum.Egress;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Ends a request that is under way when the time of its lease is over.</summary>
internal sealed class LeaseWatch : IDisposable
{
    // A timer can be early, and one that is too early looks again.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(20);

    private readonly UnsealedVault _vault;
    private readonly string _leaseId;
    private readonly RunningRequest _request;
    private readonly ITimer _timer;

    public LeaseWatch(UnsealedVault vault, string leaseId, RunningRequest request)
    {
        (_vault, _leaseId, _request) = (vault, leaseId, request);
        _timer = vault.Options.TimeProvider.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>Whether the lease has ended.</summary>
    public bool IsOver => !_vault.Leases.IsAlive(_leaseId, _vault.Clock.Now);

    public void Dispose() => _timer.Dispose();

    // A lease that was renewed meanwhile is looked at again when its new time is over.
    private void Look()
    {
        if (_vault.Leases.TryFind(_leaseId, out var lease) && !IsOver)
        {
            _timer.Change(lease.ExpiresAt - _vault.Clock.Now + Slack, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _request.WithdrawUnlessStanding(_vault);
        }
    }
}
