using System.Runtime.CompilerServices;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;
using Sanctum.Sealing;

namespace Sanctum.Daemon.Admin;

/// <summary>An operator's calls, done by a vault in this process.</summary>
/// <param name="vault">The vault.</param>
/// <param name="by">The operator, who has proved the passphrase.</param>
/// <param name="owned">What is closed when the operator is done: nothing, where the vault is a daemon's.</param>
internal sealed class VaultOperator(Vault vault, Operator by, IAsyncDisposable? owned = null) : IOperatorApi
{
    public IReadOnlyList<string> Damage => by.Damage;

    public Task<CredentialView> StoreAsync(StoreRequest request, CancellationToken cancellationToken = default) => Try(async () =>
    {
        var options = new CredentialOptions
        {
            Type = request.Type,
            Description = request.Description,
            Tags = request.Tags,
            Hosts = request.Hosts,
            AllowedOrigins = request.AllowedOrigins,
            Methods = request.Methods,
            Paths = request.Paths,
            HeaderType = request.HeaderType,
            AllowedCredentials = request.AllowedCredentials,
            Jwt = request.Jwt?.ToRules(),
            Clear = ViewMapping.ToParts(request.Clear),
        };
        var path = CredentialPath.Parse(request.Path);
        var stored = await vault.Credentials.StoreAsync(by, path, request.Value, options, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> warnings = [.. CredentialReadiness.Warnings(stored, request.Value)];
        if (SecretStrength.Warning(request.Value, stored.HeaderType) is { } weak)
        {
            warnings = [.. warnings, weak];
        }

        return stored.ToView() with { Warnings = warnings.Count == 0 ? null : warnings };
    });

    public Task<byte[]> GetAsync(string path, CancellationToken cancellationToken = default) => Try(async () =>
    {
        using var secret = await vault.Credentials.GetAsync(by, CredentialPath.Parse(path), cancellationToken).ConfigureAwait(false);
        var bytes = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.Span.CopyTo(bytes);
        return bytes;
    });

    public Task<IReadOnlyList<CredentialView>> ListAsync(string? type, string? tag, CancellationToken cancellationToken = default) =>
        All(() => vault.Credentials.ListAsync(by, type, tag, cancellationToken), ViewMapping.ToView);

    public Task RemoveAsync(string path, CancellationToken cancellationToken = default) =>
        Try(() => vault.Credentials.RemoveAsync(by, CredentialPath.Parse(path), cancellationToken));

    public Task<AgentView> RegisterAgentAsync(string name, string publicKey, string description, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Agents
            .RegisterAsync(by, AgentName.Parse(name), ReadKey(publicKey), description, cancellationToken).ConfigureAwait(false)).ToView());

    public Task<IReadOnlyList<AgentView>> ListAgentsAsync(CancellationToken cancellationToken = default) =>
        All(() => vault.Agents.ListAsync(by, cancellationToken), ViewMapping.ToView);

    public Task RemoveAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Try(() => vault.Agents.RemoveAsync(by, AgentName.Parse(name), cancellationToken));

    public Task<AgentView> RotateAgentKeyAsync(string name, string publicKey, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Agents.RotateKeyAsync(by, AgentName.Parse(name), ReadKey(publicKey), cancellationToken).ConfigureAwait(false)).ToView());

    public Task<AgentView> DisableAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Agents.DisableAsync(by, AgentName.Parse(name), cancellationToken).ConfigureAwait(false)).ToView());

    public Task<AgentView> EnableAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Agents.EnableAsync(by, AgentName.Parse(name), cancellationToken).ConfigureAwait(false)).ToView());

    public Task<AgentView> FreezeAgentAsync(string name, string reason, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Agents.FreezeAsync(by, AgentName.Parse(name), reason, cancellationToken).ConfigureAwait(false)).ToView());

    public Task<AgentView> UnfreezeAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Agents.UnfreezeAsync(by, AgentName.Parse(name), cancellationToken).ConfigureAwait(false)).ToView());

    public Task<PolicyView> AddPolicyAsync(PolicyView policy, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Policies.AddAsync(by, policy.ToPolicy(), cancellationToken).ConfigureAwait(false)).ToView());

    public Task<PolicyView> SetPolicyAsync(PolicyView policy, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Policies.SetAsync(by, policy.ToPolicy(), cancellationToken).ConfigureAwait(false)).ToView());

    public Task<PolicyChangesView> ApplyPoliciesAsync(ApplyRequest request, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Policies.ApplyAsync(by, ViewMapping.ToPolicies(request.Policies), request.Prune, cancellationToken).ConfigureAwait(false)).ToView());

    public Task<PolicyChangesView> ComparePoliciesAsync(ApplyRequest request, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Policies.CompareAsync(by, ViewMapping.ToPolicies(request.Policies), request.Prune, cancellationToken).ConfigureAwait(false)).ToView());

    public Task<IReadOnlyList<PolicyView>> ListPoliciesAsync(CancellationToken cancellationToken = default) =>
        All(() => vault.Policies.ListAsync(by, cancellationToken), ViewMapping.ToView);

    public Task RemovePolicyAsync(string name, CancellationToken cancellationToken = default) =>
        Try(() => vault.Policies.RemoveAsync(by, name, cancellationToken));

    public Task<SimulationView> SimulateAsync(SimulateRequest request, CancellationToken cancellationToken = default) => Try(async () =>
    {
        var (agent, action) = (AgentName.Parse(request.Agent), ViewMapping.ToAction(request.Action, "action"));
        var simulation = action == PolicyActions.Connect
            ? await vault.Policies.SimulateConnectAsync(by, agent, request.Resource, cancellationToken).ConfigureAwait(false)
            : action == PolicyActions.Call ? await vault.Policies.SimulateCallAsync(by, agent, request.Resource, cancellationToken).ConfigureAwait(false)
            : await vault.Policies.SimulateAsync(
                by, agent, CredentialPath.Parse(request.Resource), action, request.Operation, request.Method, request.Url, cancellationToken).ConfigureAwait(false);
        return simulation.ToView();
    });

    public Task<IReadOnlyList<LeaseView>> ListLeasesAsync(CancellationToken cancellationToken = default) =>
        All(() => vault.Leases.ListAsync(by, cancellationToken), ViewMapping.ToView);

    public Task<int> RevokeLeasesAsync(RevokeRequest request, CancellationToken cancellationToken = default) => Try(async () =>
    {
        switch (request)
        {
            case { LeaseId: { } id, Agent: null, All: false }:
                await vault.Leases.RevokeAsync(by, id, cancellationToken).ConfigureAwait(false);
                return 1;
            case { LeaseId: null, Agent: { } agent, All: false }:
                return await vault.Leases.RevokeAllAsync(by, AgentName.Parse(agent), cancellationToken).ConfigureAwait(false);
            case { LeaseId: null, Agent: null, All: true }:
                return await vault.Leases.RevokeAllAsync(by, null, cancellationToken).ConfigureAwait(false);
            default:
                throw OperatorErrors.Invalid("lease_id", "name one lease, or one agent, or all");
        }
    });

    public async IAsyncEnumerable<AuditEntryView> ReadAuditAsync(
        AuditRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var query = new AuditQuery
        {
            Last = request.Last,
            Agent = request.Agent,
            Resource = request.Resource,
            Action = request.Action,
            Denied = request.Denied,
            Since = request.Since,
            Until = request.Until,
        };
        await using var entries = (await Try(() => Task.FromResult(vault.Audit.ReadAsync(by, query, cancellationToken))).ConfigureAwait(false))
            .GetAsyncEnumerator(cancellationToken);
        while (await Try(() => entries.MoveNextAsync().AsTask()).ConfigureAwait(false))
        {
            yield return entries.Current.ToView();
        }
    }

    public Task<AuditVerificationView> VerifyAuditAsync(VerifyRequest request, CancellationToken cancellationToken = default) => Try(async () =>
    {
        var verified = await vault.Audit.VerifyAsync(by, ViewMapping.ToCheckpoint(request.Checkpoint), cancellationToken).ConfigureAwait(false);
        return new AuditVerificationView(verified.Entries, verified.Checkpoint);
    });

    public Task BackupAsync(Stream destination, CancellationToken cancellationToken = default) =>
        Try(() => vault.BackupAsync(by, destination, cancellationToken));

    public Task ChangePassphraseAsync(byte[] current, byte[] replacement, CancellationToken cancellationToken = default) =>
        Try(() => vault.ChangePassphraseAsync(by, current, replacement, cancellationToken));

    public Task<IReadOnlyList<SealProviderView>> ListSealProvidersAsync(CancellationToken cancellationToken = default) =>
        All(() => vault.ListSealProvidersAsync(by, cancellationToken), it => new SealProviderView(it.Name, it.Type, it.Settings));

    public Task AddSealProviderAsync(byte[] passphrase, SealProviderView provider, CancellationToken cancellationToken = default) =>
        Try(() => vault.AddSealProviderAsync(by, passphrase, new SealProviderInfo(provider.Name, provider.Type, provider.Settings), cancellationToken));

    public Task<SealProviderResult> RemoveSealProviderAsync(string name, CancellationToken cancellationToken = default) =>
        Try(async () => ViewMapping.ToResult(name, await vault.RemoveSealProviderAsync(by, name, cancellationToken).ConfigureAwait(false)));

    public Task<SealProviderResult> TestSealProviderAsync(string name, CancellationToken cancellationToken = default) =>
        Try(async () => ViewMapping.ToResult(name, await vault.TestSealProviderAsync(by, name, cancellationToken).ConfigureAwait(false)));

    public Task<IReadOnlyList<ApprovalView>> ListApprovalsAsync(CancellationToken cancellationToken = default) =>
        All(() => vault.Approvals.ListAsync(by, cancellationToken), ViewMapping.ToView);

    public Task DecideApprovalAsync(ApprovalDecision decision, CancellationToken cancellationToken = default) => Try(() => decision switch
    {
        { Approve: true, ForSeconds: { } seconds } =>
            vault.Approvals.ApproveAsync(by, decision.ApprovalId, ViewMapping.ToSpan(seconds, "for_seconds"), cancellationToken),
        { Approve: true } => vault.Approvals.ApproveAsync(by, decision.ApprovalId, null, cancellationToken),
        { ForSeconds: not null } => throw OperatorErrors.Invalid("for_seconds", "a denial can't have a duration"),
        _ => vault.Approvals.DenyAsync(by, decision.ApprovalId, cancellationToken),
    });

    public Task<IReadOnlyList<ProposalView>> ListProposalsAsync(CancellationToken cancellationToken = default) =>
        All(() => vault.Proposals.ListAsync(by, cancellationToken), ViewMapping.ToView);

    public Task<ProposalView> GrantProposalAsync(ProposalGrant grant, CancellationToken cancellationToken = default) => Try(async () => (await vault.Proposals.GrantAsync(
        by,
        grant.ProposalId,
        new AccessNarrowing
        {
            Path = grant.Path,
            Operation = grant.Operation,
            Hosts = grant.Hosts ?? [],
            Methods = grant.Methods ?? [],
            Duration = grant.ForSeconds is { } seconds ? ViewMapping.ToSpan(seconds, "for_seconds") : null,
            MaxPerHour = grant.MaxPerHour,
        },
        cancellationToken).ConfigureAwait(false)).ToView());

    public Task<ProposalView> DenyProposalAsync(ProposalDenial denial, CancellationToken cancellationToken = default) =>
        Try(async () => (await vault.Proposals.DenyAsync(by, denial.ProposalId, denial.Reason, cancellationToken).ConfigureAwait(false)).ToView());

    public ValueTask DisposeAsync() => owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static byte[] ReadKey(string hex)
    {
        try
        {
            return Convert.FromHexString(hex);
        }
        catch (FormatException)
        {
            throw OperatorErrors.Invalid("public_key", "a public key is 64 hex digits");
        }
    }

    private static Task<IReadOnlyList<TView>> All<T, TView>(Func<Task<IReadOnlyList<T>>> list, Func<T, TView> toView) =>
        Try<IReadOnlyList<TView>>(async () => [.. (await list().ConfigureAwait(false)).Select(toView)]);

    private static async Task<T> Try<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException and not OperatorException && OperatorErrors.TryTranslate(failure, out _))
        {
            OperatorErrors.TryTranslate(failure, out var translated);
            throw translated;
        }
    }

    private static Task Try(Func<Task> call) => Try(async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });
}
