using Sanctum.Audit;
using Sanctum.Sealing;

namespace Sanctum.Leases;

/// <summary>Removes leases that are past their time. They were worth nothing already; this is so that they don't pile up.</summary>
internal static class LeaseSweep
{
    public static TimeSpan Interval { get; } = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(UnsealedVault vault)
    {
        if (!vault.TryEnter())
        {
            return;
        }

        try
        {
            var now = vault.Now;
            await LeaseEnding.EndAsync(vault, [.. vault.Leases.All.Where(lease => lease.ExpiresAt <= now)], AuditActions.LeaseExpire, Actors.Vault)
                .ConfigureAwait(false);
        }
        catch (VaultException failure) when (failure.Code is VaultErrorCode.StorageFailed or VaultErrorCode.Damaged)
        {
            // The store is in trouble, which the next caller is told. The leases are over all the same, and the next sweep tries again.
        }
        finally
        {
            vault.Exit();
        }
    }
}
