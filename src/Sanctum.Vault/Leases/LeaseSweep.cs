using Sanctum.Audit;
using Sanctum.Door;
using Sanctum.Sealing;

namespace Sanctum.Leases;

/// <summary>Removes leases that are past their time, a few at a time: a call that has to be written meanwhile waits for a few of them, and not for all.</summary>
internal sealed class LeaseSweep(UnsealedVault vault) : Sweep(vault)
{
    /// <summary>The most that are removed in one transaction.</summary>
    public const int MaxAtOnce = 256;

    protected override async Task<bool> TidyAsync()
    {
        var now = Vault.Clock.Now;
        Lease[] ended = [.. Vault.Leases.All.Where(lease => lease.ExpiresAt <= now).Take(MaxAtOnce)];
        await LeaseEnding.EndAsync(Vault, ended, AuditActions.LeaseExpire, Actors.Vault).ConfigureAwait(false);
        return ended.Length == MaxAtOnce;
    }
}
