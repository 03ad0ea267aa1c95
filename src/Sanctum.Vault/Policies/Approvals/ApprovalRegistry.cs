using Sanctum.Audit;

namespace Sanctum.Policies.Approvals;

/// <summary>The operator's decisions on calls whose policy requires a human.</summary>
public sealed class ApprovalRegistry
{
    private readonly Vault _vault;

    internal ApprovalRegistry(Vault vault) => _vault = vault;

    /// <summary>The calls that wait, oldest first.</summary>
    public Task<IReadOnlyList<PendingApproval>> ListAsync(Operator by, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<PendingApproval> waiting = [.. vault.Approvals.List(vault.Clock.Now).Select(approval => approval with
            {
                RequestedAt = vault.Clock.Shown(approval.RequestedAt),
                ExpiresAt = vault.Clock.Shown(approval.ExpiresAt),
            })];
            return Task.FromResult(waiting);
        });

    /// <summary>Approves a call: once, or any number of times for a while.</summary>
    /// <exception cref="VaultException">Nothing waits under this id; the vault is sealed.</exception>
    public async Task ApproveAsync(Operator by, string id, TimeSpan? duration = null, CancellationToken cancellationToken = default)
    {
        ApprovalBook.RequireDuration(duration);
        await DecideAsync(by, id, AuditActions.ApprovalGrant, (book, now) => book.Approve(id, duration, now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Denies a call.</summary>
    /// <exception cref="VaultException">Nothing waits under this id; the vault is sealed.</exception>
    public Task DenyAsync(Operator by, string id, CancellationToken cancellationToken = default) =>
        DecideAsync(by, id, AuditActions.ApprovalDeny, (book, now) => book.Deny(id, now), cancellationToken);

    private Task DecideAsync(
        Operator by, string id, string action, Action<ApprovalBook, DateTimeOffset> answer, CancellationToken cancellationToken) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            var waiting = vault.Approvals.List(vault.Clock.Now).FirstOrDefault(approval => approval.Id == id) ?? throw Errors.NoSuchApproval();

            // On the record first: an approval has effect only once it is accounted for.
            await vault.Journal.CommitAsync(OperatorEntry.Of(
                vault, action, waiting.Path.Value, ("approval_id", id), ("agent", waiting.Agent.Value)) with { Operation = waiting.Operation }).ConfigureAwait(false);
            answer(vault.Approvals, vault.Clock.Now);
            return true;
        });
}
