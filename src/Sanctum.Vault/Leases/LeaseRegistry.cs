using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Door;

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
            var now = vault.Clock.Now;
            IReadOnlyList<Lease> active =
                [.. vault.Leases.All.Where(lease => lease.ExpiresAt > now).OrderBy(lease => lease.CreatedAt).Select(vault.Clock.Shown)];
            return Task.FromResult(active);
        });

    /// <summary>Revokes a lease, and those that were derived from it.</summary>
    /// <exception cref="VaultException">There is no such active lease (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task RevokeAsync(Operator by, string leaseId, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            if (!vault.Leases.TryFind(leaseId, out var lease) || lease.ExpiresAt <= vault.Clock.Now
                || await LeaseEnding.EndAsync(vault, [lease], AuditActions.LeaseRevoke, Actors.Operator).ConfigureAwait(false) is [])
            {
                throw Errors.NoSuchLease(leaseId);
            }

            return true;
        });

    /// <summary>Revokes all of an agent's leases, or all there are.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="VaultException">They could not be revoked, or only some, which the message says; the vault is sealed.</exception>
    public Task<int> RevokeAllAsync(Operator by, AgentName? agent = null, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            var (now, revoked) = (vault.Clock.Now, 0);
            Lease[] active = [.. vault.Leases.All.Where(lease => lease.ExpiresAt > now && (agent is null || lease.Agent == agent))];
            foreach (var some in active.Chunk(LeaseSweep.MaxAtOnce))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    revoked += (await LeaseEnding.EndAsync(vault, some, AuditActions.LeaseRevoke, Actors.Operator).ConfigureAwait(false)).Count;
                }
                catch (VaultException failure) when (revoked > 0)
                {
                    throw Errors.SomeLeasesRevoked(revoked, failure);
                }
            }

            return revoked;
        });
}
