using Sanctum.Agents;
using Sanctum.Audit;

namespace Sanctum.Leases;

/// <summary>The operator's hand on leases.</summary>
public sealed class LeaseRegistry
{
    private readonly Vault _vault;

    internal LeaseRegistry(Vault vault) => _vault = vault;

    /// <summary>All active leases, oldest first.</summary>
    public Task<IReadOnlyList<Lease>> ListAsync(Operator by, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var now = vault.Now;
            IReadOnlyList<Lease> active = [.. vault.Leases.All.Where(lease => lease.ExpiresAt > now).OrderBy(lease => lease.CreatedAt)];
            return Task.FromResult(active);
        });

    /// <summary>Revokes a lease.</summary>
    /// <exception cref="VaultException">There is no such active lease (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task RevokeAsync(Operator by, string leaseId, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, async vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!vault.Leases.TryFind(leaseId, out var lease) || lease.ExpiresAt <= vault.Now
                || await LeaseEnding.EndAsync(vault, [lease], AuditActions.LeaseRevoke, Actors.Operator).ConfigureAwait(false) == 0)
            {
                throw Errors.NoSuchLease(leaseId);
            }

            return true;
        });

    /// <summary>Revokes all of an agent's leases, or all there are.</summary>
    /// <returns>How many.</returns>
    public Task<int> RevokeAllAsync(Operator by, AgentName? agent = null, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return LeaseEnding.EndAsync(
                vault,
                [.. vault.Leases.All.Where(lease => lease.ExpiresAt > vault.Now && (agent is null || lease.Agent == agent))],
                AuditActions.LeaseRevoke,
                Actors.Operator);
        });
}
