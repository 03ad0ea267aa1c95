using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Leases;

namespace Sanctum;

/// <summary>Leases by which agents use credentials, without having the secrets.</summary>
public sealed partial class Vault
{
    /// <summary>Lets an agent use a credential by a base URL, for a time. Each request that is sent by it is decided on anew.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">For what.</param>
    /// <param name="cancellationToken">Gives up waiting for an approval.</param>
    /// <exception cref="VaultException">It is malformed or refused, or the vault is sealed.</exception>
    public Task<GrantedLease> LeaseAsync(Caller caller, LeaseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return InsideAsync(caller, vault => Leasing.GrantAsync(vault, caller, request, cancellationToken));
    }

    /// <summary>Ends a lease at once, with all that were derived from it.</summary>
    /// <param name="caller">Its holder, or the holder of one that it was derived from.</param>
    /// <param name="leaseId">Which lease.</param>
    /// <param name="reason">Why, for the record; one line.</param>
    /// <param name="cancellationToken">Gives up before it has begun.</param>
    /// <returns>The lease, and all that ended with it.</returns>
    /// <exception cref="VaultException">There is none that the caller may end, lease expired; the vault is sealed.</exception>
    public Task<IReadOnlyList<Lease>> RevokeLeaseAsync(Caller caller, string leaseId, string? reason = null, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Leasing.RevokeAsync(vault, caller, leaseId, reason);
        });

    /// <summary>The credentials that the agent can have leases for: bound to a host, and some policy lets the agent use them.</summary>
    /// <inheritdoc cref="ListAsync" path="/param"/>
    public Task<CredentialPage> ListServicesAsync(
        Caller caller, string? prefix = null, int? limit = null, string? cursor = null, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return CredentialListing.ListAsync(vault, caller, prefix, limit, cursor, cancellationToken, forLeases: true);
        });

    /// <summary>How often a lease may be renewed: see <see cref="VaultOptions.MaxLeaseRenewals"/>.</summary>
    public int MaxLeaseRenewals => _options.MaxLeaseRenewals;

    /// <summary>Who holds a lease to use a credential; null when nobody does.</summary>
    /// <param name="leaseId">Which lease.</param>
    public AgentName? HolderOf(string leaseId) =>
        Volatile.Read(ref _unsealed) is { } unsealed && unsealed.Leases.IsAlive(leaseId, unsealed.Clock.Now) && unsealed.Leases.TryFind(leaseId, out var lease) && lease.Use is not null
            ? lease.Agent
            : null;
}
