namespace Sanctum.Daemon.Admin;

/// <summary>
/// What an operator can do. A daemon does it (over its admin socket), or this process (with the vault opened under its exclusive lock).
/// Whoever has one has proved the passphrase, or holds a token from somebody who did.
/// </summary>
/// <remarks>Refusals are thrown as <see cref="OperatorException"/>.</remarks>
public interface IOperatorApi : IAsyncDisposable
{
    /// <summary>What unsealing found damaged, where this is who unsealed the vault; a daemon tells whoever unseals it.</summary>
    IReadOnlyList<string> Damage => [];

    /// <summary>Makes or updates a credential. The value's array is zeroed by the caller.</summary>
    Task<CredentialView> StoreAsync(StoreRequest request, CancellationToken cancellationToken = default);

    /// <summary>A secret's bytes; the caller zeroes them.</summary>
    Task<byte[]> GetAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>All credentials, in order of path.</summary>
    Task<IReadOnlyList<CredentialView>> ListAsync(string? type, string? tag, CancellationToken cancellationToken = default);

    /// <summary>Removes a credential, all its versions and leases.</summary>
    Task RemoveAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Registers an agent. <paramref name="publicKey"/> is 64 hex digits.</summary>
    Task<AgentView> RegisterAgentAsync(string name, string publicKey, string description, CancellationToken cancellationToken = default);

    /// <summary>All agents, in order of name.</summary>
    Task<IReadOnlyList<AgentView>> ListAgentsAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes an agent: its sessions and leases end at once.</summary>
    Task RemoveAgentAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Gives an agent another key, 64 hex digits: the old one is worth nothing any more, and its sessions and leases end at once.</summary>
    Task<AgentView> RotateAgentKeyAsync(string name, string publicKey, CancellationToken cancellationToken = default);

    /// <summary>Keeps an agent out: its sessions, calls and leases end at once, and it can't sign in.</summary>
    Task<AgentView> DisableAgentAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Lets an agent in again.</summary>
    Task<AgentView> EnableAgentAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Quarantines an agent: its sessions, calls and leases end at once, and it is told that it is quarantined whatever it does.</summary>
    Task<AgentView> FreezeAgentAsync(string name, string reason, CancellationToken cancellationToken = default);

    /// <summary>Lets an agent out of its quarantine.</summary>
    Task<AgentView> UnfreezeAgentAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Adds a policy.</summary>
    Task<PolicyView> AddPolicyAsync(PolicyView policy, CancellationToken cancellationToken = default);

    /// <summary>Adds a policy, or replaces the one of the same name.</summary>
    Task<PolicyView> SetPolicyAsync(PolicyView policy, CancellationToken cancellationToken = default);

    /// <summary>Sets several policies, all or none; says what changed.</summary>
    Task<PolicyChangesView> ApplyPoliciesAsync(ApplyRequest request, CancellationToken cancellationToken = default);

    /// <summary>What applying them would change. Changes nothing.</summary>
    Task<PolicyChangesView> ComparePoliciesAsync(ApplyRequest request, CancellationToken cancellationToken = default);

    /// <summary>All policies, in order of name.</summary>
    Task<IReadOnlyList<PolicyView>> ListPoliciesAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes a policy; leases that only it granted end at once.</summary>
    Task RemovePolicyAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>What would be decided, and why.</summary>
    Task<SimulationView> SimulateAsync(SimulateRequest request, CancellationToken cancellationToken = default);

    /// <summary>All active leases.</summary>
    Task<IReadOnlyList<LeaseView>> ListLeasesAsync(CancellationToken cancellationToken = default);

    /// <summary>Revokes one lease, an agent's leases, or all; says how many.</summary>
    Task<int> RevokeLeasesAsync(RevokeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Audit entries, in order of sequence.</summary>
    IAsyncEnumerable<AuditEntryView> ReadAuditAsync(AuditRequest request, CancellationToken cancellationToken = default);

    /// <summary>Checks the whole audit chain, and compares it with a checkpoint if there is one.</summary>
    Task<AuditVerificationView> VerifyAuditAsync(VerifyRequest request, CancellationToken cancellationToken = default);

    /// <summary>Writes the whole vault, encrypted.</summary>
    Task BackupAsync(Stream destination, CancellationToken cancellationToken = default);

    /// <summary>Changes the passphrase. Both arrays are zeroed by the caller.</summary>
    Task ChangePassphraseAsync(byte[] current, byte[] replacement, CancellationToken cancellationToken = default);

    /// <summary>The vault's seal providers, in the order in which they are tried.</summary>
    Task<IReadOnlyList<SealProviderView>> ListSealProvidersAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds a seal provider. The passphrase's array is zeroed by the caller.</summary>
    Task AddSealProviderAsync(byte[] passphrase, SealProviderView provider, CancellationToken cancellationToken = default);

    /// <summary>Removes a seal provider; the result says whether its key is gone too.</summary>
    Task<SealProviderResult> RemoveSealProviderAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Tries whether a seal provider would open the vault now.</summary>
    Task<SealProviderResult> TestSealProviderAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Calls that wait for a human.</summary>
    Task<IReadOnlyList<ApprovalView>> ListApprovalsAsync(CancellationToken cancellationToken = default);

    /// <summary>Approves or denies one.</summary>
    Task DecideApprovalAsync(ApprovalDecision decision, CancellationToken cancellationToken = default);

    /// <summary>What agents asked for: what waits, and what was decided in the last seven days.</summary>
    Task<IReadOnlyList<ProposalView>> ListProposalsAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes a policy of what an agent asked for, or of less.</summary>
    Task<ProposalView> GrantProposalAsync(ProposalGrant grant, CancellationToken cancellationToken = default);

    /// <summary>Denies what an agent asked for.</summary>
    Task<ProposalView> DenyProposalAsync(ProposalDenial denial, CancellationToken cancellationToken = default);
}
