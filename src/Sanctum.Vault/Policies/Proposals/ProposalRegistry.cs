using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Sealing;
using Sanctum.Text;

namespace Sanctum.Policies.Proposals;

/// <summary>The operator's decisions on what agents ask for. What is granted becomes a policy that ends by itself.</summary>
public sealed class ProposalRegistry
{
    private readonly Vault _vault;

    internal ProposalRegistry(Vault vault) => _vault = vault;

    /// <summary>All that are known, oldest first: those that wait, and for seven days those that were decided or that nobody decided.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">The vault is sealed.</exception>
    public Task<IReadOnlyList<AccessProposal>> ListAsync(Operator by, CancellationToken cancellationToken = default) => _vault.InsideAsync(by, vault =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<AccessProposal> all = [.. vault.Proposals.All.Select(proposal => Shown(vault, proposal))];
        return Task.FromResult(all);
    });

    /// <summary>Makes a policy of a proposal, in one commit with what its agent is told. It is never wider than what was asked for.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="id">The proposal's.</param>
    /// <param name="narrowing">How it is narrowed; null for as it was asked.</param>
    /// <param name="cancellationToken">Gives up waiting for another change.</param>
    /// <returns>The proposal, with what was granted.</returns>
    /// <exception cref="VaultException">None waits under this id, or the credential does not exist (<see cref="VaultErrorCode.NotFound"/>); it would be wider
    /// (<see cref="VaultErrorCode.InvalidParams"/>, which names the member); it is for secrets, which this operator can't let out
    /// (<see cref="VaultErrorCode.AccessDenied"/>, see <see cref="Operator.MayDisclose"/>); the vault is sealed.</exception>
    public Task<AccessProposal> GrantAsync(Operator by, string id, AccessNarrowing? narrowing = null, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            var now = vault.Clock.Now;
            var proposal = RequireOpen(vault, id);
            var policy = ProposalRules.PolicyOf(proposal, narrowing ?? new AccessNarrowing(), now);
            var path = CredentialPath.Parse(policy.Resources[0]);
            if (!vault.Credentials.TryFind(path, out _))
            {
                throw Errors.NothingToGrant(path);
            }

            var granted = proposal with { State = ProposalState.Granted, ExpiresAt = policy.ExpiresAt!.Value + ProposalBook.KeptFor, Grant = GrantOf(policy, proposal.Request.Operation) };
            var entry = OperatorEntry.Of(
                vault, AuditActions.AccessGrant, path.Value, ("proposal", id), ("agent", proposal.Agent.Value), ("policy", policy.Name), ("until", policy.ExpiresAt.Value.ToString("O")));
            await PolicyRegistry.CommitAsync(
                vault,
                by,
                new PolicyChanges([policy], [], [], []),
                new PolicyCommit([entry with { Operation = proposal.Request.Operation }], [ProposalRecord.Change(granted, vault.Codec)], () => IsStill(vault, proposal))).ConfigureAwait(false);
            return Shown(vault, granted);
        });

    /// <summary>Denies a proposal.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="id">The proposal's.</param>
    /// <param name="reason">Why, one line of at most 500 characters, which the agent is told; null for nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for another change.</param>
    /// <exception cref="VaultException">None waits under this id (<see cref="VaultErrorCode.NotFound"/>); the reason is no line; the vault is sealed.</exception>
    public Task<AccessProposal> DenyAsync(Operator by, string id, string? reason = null, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            if (reason is not null && !LineOfText.IsValid(reason, ProposalRules.MaxReason))
            {
                throw Errors.InvalidParams("reason", $"a reason is one line of at most {ProposalRules.MaxReason} characters");
            }

            var proposal = RequireOpen(vault, id);
            var denied = proposal with { State = ProposalState.Denied, ExpiresAt = vault.Clock.Now + ProposalBook.KeptFor, Denial = reason };
            var entry = OperatorEntry.Of(vault, AuditActions.AccessDeny, ResourceOf(vault, proposal), ("proposal", id), ("agent", proposal.Agent.Value), ("reason", reason ?? ""));
            await vault.Journal.CommitAsync(
                entry with { Operation = proposal.Request.Operation }, [ProposalRecord.Change(denied, vault.Codec)], check: () => IsStill(vault, proposal) ? null : new ChangedMeanwhileException()).ConfigureAwait(false);
            return Shown(vault, denied);
        });

    /// <summary>A proposal as it stands now, with its times as times of the system's clock.</summary>
    internal static AccessProposal Shown(UnsealedVault vault, AccessProposal proposal)
    {
        var now = vault.Clock.Now;
        return proposal with
        {
            RequestedAt = vault.Clock.Shown(proposal.RequestedAt),
            ExpiresAt = vault.Clock.Shown(proposal.ExpiresAt),
            State = proposal.State == ProposalState.Pending && proposal.ExpiresAt <= now ? ProposalState.Expired
                : proposal.Grant is { } grant && (grant.ExpiresAt <= now || vault.Policies.All.All(policy => policy.Name != grant.Policy)) ? ProposalState.Ended
                : proposal.State,
            Grant = proposal.Grant is { } shown ? shown with { ExpiresAt = vault.Clock.Shown(shown.ExpiresAt) } : null,
        };
    }

    /// <summary>How what was asked for stands in the log: a path that is none of the vault's can be anything, and is not written down.</summary>
    internal static string ResourceOf(UnsealedVault vault, AccessProposal proposal) => proposal.Request.Path switch
    {
        null => UnknownName.Of(vault, "service", proposal.Request.Service!),
        { } path when vault.Credentials.TryFind(path, out _) => path.Value,
        { } path => UnknownName.Of(vault, "path", path.Value),
    };

    private static AccessProposal RequireOpen(UnsealedVault vault, string id) =>
        vault.Proposals.Find(id) is { } proposal && ProposalBook.IsOpen(proposal, vault.Clock.Now) ? proposal : throw Errors.NoSuchProposal();

    private static bool IsStill(UnsealedVault vault, AccessProposal proposal) => ReferenceEquals(vault.Proposals.Find(proposal.Id), proposal);

    private static AccessGrant GrantOf(Policy policy, string operation) => new(
        policy.Name,
        policy.Resources[0],
        operation,
        policy.Conditions.AllowedDomains ?? [],
        policy.Conditions.AllowedMethods ?? [],
        policy.Conditions.MaxUsesPerHour ?? policy.Conditions.MaxRetrievalsPerHour,
        policy.ExpiresAt!.Value);
}
