using Sanctum.Audit;
using Sanctum.Sealing;

namespace Sanctum.Policies.Proposals;

/// <summary>
/// Removes policies that have expired, and proposals that are past their time. Such a policy grants nothing already; with it go the leases and the running
/// calls that it granted.
/// </summary>
internal sealed class ProposalSweep(UnsealedVault vault) : Sweep(vault)
{
    protected override async Task<bool> TidyAsync()
    {
        var now = Vault.Clock.Now;
        if (Vault.Policies.All.Any(policy => policy.ExpiresAt <= now) || Vault.Proposals.Over(now).Count > 0)
        {
            await Vault.Changing.WaitAsync(Vault.Sealing).ConfigureAwait(false);
            try
            {
                await RemoveAsync(now).ConfigureAwait(false);
            }
            finally
            {
                Vault.Changing.Release();
            }
        }

        return false;
    }

    private async Task RemoveAsync(DateTimeOffset now)
    {
        Policy[] expired = [.. Vault.Policies.All.Where(policy => policy.ExpiresAt <= now)];
        var over = Vault.Proposals.Over(now);
        if (expired.Length > 0)
        {
            await PolicyRegistry.CommitAsync(Vault, by: null, new PolicyChanges([], [], expired, []), PolicyCommit.None).ConfigureAwait(false);
        }

        if (over.Count > 0)
        {
            await Vault.Journal.CommitAsync(
                over.Where(proposal => proposal.State == ProposalState.Pending).Select(Entry), [.. over.Select(proposal => ProposalBook.Removal(proposal, Vault.Codec))],
                () => over.All(proposal => ReferenceEquals(Vault.Proposals.Find(proposal.Id), proposal)) ? null : new ChangedMeanwhileException()).ConfigureAwait(false);
        }
    }

    private AuditEntry Entry(AccessProposal proposal) =>
        OperatorEntry.Of(Vault, AuditActions.AccessExpire, ProposalRegistry.ResourceOf(Vault, proposal), ("proposal", proposal.Id), ("agent", proposal.Agent.Value)) with { Actor = Actors.Vault };
}
