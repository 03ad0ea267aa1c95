using Sanctum.Audit;
using Sanctum.Door;
using Sanctum.Sealing;

namespace Sanctum.Leases;

/// <summary>
/// Removes leases that are past their time, a few at a time: a call that has to be written meanwhile waits for a few of them, and not for all. They
/// were worth nothing already; this is so that they don't pile up.
/// </summary>
internal sealed class LeaseSweep : IAsyncDisposable
{
    /// <summary>The most that are removed in one transaction.</summary>
    public const int MaxAtOnce = 256;

    private readonly UnsealedVault _vault;
    private readonly ITimer _timer;
    private int _running;

    public LeaseSweep(UnsealedVault vault)
    {
        _vault = vault;
        _timer = vault.Options.TimeProvider.CreateTimer(_ => _ = RunAsync(), null, Interval, Interval);
    }

    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(10);

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private async Task RunAsync()
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            return;
        }

        try
        {
            // Inside for one batch at a time: sealing waits for that one only.
            while (_vault.TryEnter())
            {
                if (!await SweepAsync().ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    // Whether there may be more.
    private async Task<bool> SweepAsync()
    {
        try
        {
            var now = _vault.Clock.Now;
            Lease[] ended = [.. _vault.Leases.All.Where(lease => lease.ExpiresAt <= now).Take(MaxAtOnce)];
            await LeaseEnding.EndAsync(_vault, ended, AuditActions.LeaseExpire, Actors.Vault).ConfigureAwait(false);
            return ended.Length == MaxAtOnce;
        }
        catch (VaultException failure) when (failure.Code is VaultErrorCode.StorageFailed or VaultErrorCode.Damaged)
        {
            // The store is in trouble, which the next caller is told. The leases are over all the same, and the next sweep tries again.
            return false;
        }
        finally
        {
            _vault.Exit();
        }
    }
}
