using Sanctum.Audit;
using Sanctum.Sealing;

namespace Sanctum.Policies.Proposals;

/// <summary>
/// Removes policies that have expired, and proposals that are past their time. Such a policy grants nothing already; with it go the leases and the running
/// calls that it granted.
/// </summary>
internal sealed class ProposalSweep : IAsyncDisposable
{
    private readonly UnsealedVault _vault;
    private readonly ITimer _timer;
    private int _running;

    public ProposalSweep(UnsealedVault vault)
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
            if (_vault.TryEnter())
            {
                await SweepAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            var now = _vault.Clock.Now;
            if (!_vault.Policies.All.Any(policy => policy.ExpiresAt <= now) && _vault.Proposals.Over(now).Count == 0)
            {
                return;
            }

            await _vault.Changing.WaitAsync(_vault.Sealing).ConfigureAwait(false);
            try
            {
                await SweepAsync(now).ConfigureAwait(false);
            }
            finally
            {
                _vault.Changing.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // It is being sealed.
        }
        catch (VaultException failure) when (failure.Code is VaultErrorCode.StorageFailed or VaultErrorCode.Damaged)
        {
            // The store is in trouble, which the next caller is told. The policies grant nothing all the same, and the next sweep tries again.
        }
        finally
        {
            _vault.Exit();
        }
    }

    private async Task SweepAsync(DateTimeOffset now)
    {
        Policy[] expired = [.. _vault.Policies.All.Where(policy => policy.ExpiresAt <= now)];
        var over = _vault.Proposals.Over(now);
        if (expired.Length > 0)
        {
            await PolicyRegistry.CommitAsync(_vault, by: null, new PolicyChanges([], [], expired, []), PolicyCommit.None).ConfigureAwait(false);
        }

        if (over.Count > 0)
        {
            await _vault.Journal.CommitAsync(
                over.Where(proposal => proposal.State == ProposalState.Pending).Select(Entry), [.. over.Select(proposal => ProposalBook.Removal(proposal, _vault.Codec))], () => _vault.Proposals.Remove(over)).ConfigureAwait(false);
        }
    }

    private AuditEntry Entry(AccessProposal proposal) =>
        OperatorEntry.Of(_vault, AuditActions.AccessExpire, ProposalRegistry.ResourceOf(_vault, proposal), ("proposal", proposal.Id), ("agent", proposal.Agent.Value)) with { Actor = Actors.Vault };
}
