using Sanctum.Door;
using Sanctum.Policies.Proposals;

namespace Sanctum;

/// <summary>What agents ask operators for.</summary>
public sealed partial class Vault
{
    /// <summary>
    /// Asks an operator for access. Nothing is granted by it: it leaves a proposal that an operator grants, narrows or denies. The same again is the same proposal. What it says does not
    /// depend on whether the credential exists.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">What for.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="VaultException">It can't be asked for (<see cref="VaultErrorCode.InvalidParams"/>); too much was asked for already
    /// (<see cref="VaultErrorCode.RateLimited"/>); the agent is quarantined; the vault is sealed.</exception>
    public Task<AccessProposal> RequestAccessAsync(Caller caller, AccessRequest request, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault => AccessRequesting.RequestAsync(vault, caller, request, cancellationToken));

    /// <summary>Where one of the agent's own requests for access stands.</summary>
    /// <param name="caller">Who asked.</param>
    /// <param name="id">The proposal's id.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">No request of this agent has this id (<see cref="VaultErrorCode.InvalidParams"/>); the vault is sealed.</exception>
    public Task<AccessProposal> AccessStatusAsync(Caller caller, string id, CancellationToken cancellationToken = default) => InsideAsync(caller, vault =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(AccessRequesting.Status(vault, caller, id));
    });

    /// <summary>The agent's own entries in the audit log, the newest page first. That it looked is on the record.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="limit">At most so many, 1 to 100. Default: 20.</param>
    /// <param name="before">Only older ones: the <see cref="OwnAuditPage.NextBefore"/> of the page before.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">It asks too often (<see cref="VaultErrorCode.RateLimited"/>); a parameter is out of range; the vault is sealed.</exception>
    public Task<OwnAuditPage> ReadOwnAuditAsync(Caller caller, int? limit = null, long? before = null, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault => OwnAudit.ReadAsync(vault, caller, limit, before, cancellationToken));
}
