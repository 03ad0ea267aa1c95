using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sanctum.Daemon.Admin;

/// <summary>An operator's calls, done by a daemon.</summary>
/// <param name="http">The admin socket.</param>
/// <param name="token">The operator's token.</param>
internal sealed class HttpOperator(AdminHttp http, string token) : IOperatorApi
{
    private const string ErrorLine = "{\"error\":";

    private static readonly AdminJson Json = AdminJson.Default;

    public Task<CredentialView> StoreAsync(StoreRequest request, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.Store, request, Json.StoreRequest, Json.CredentialView, cancellationToken);

    public async Task<byte[]> GetAsync(string path, CancellationToken cancellationToken = default)
    {
        using var response = await http.PostAsync(AdminRoutes.Get, token, new PathRequest(path), Json.PathRequest, cancellationToken).ConfigureAwait(false);
        try
        {
            var secret = GC.AllocateUninitializedArray<byte>(checked((int)response.Content.Headers.ContentLength!.Value), pinned: true);
            await using var body = await http.BodyAsync(response, cancellationToken).ConfigureAwait(false);
            await body.ReadExactlyAsync(secret, cancellationToken).ConfigureAwait(false);
            return secret;
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            throw AdminHttp.Unusable(cut);
        }
    }

    public Task<IReadOnlyList<CredentialView>> ListAsync(string? type, string? tag, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.List, new ListRequest(type, tag), Json.ListRequest, Json.IReadOnlyListCredentialView, cancellationToken);

    public Task RemoveAsync(string path, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.Remove, new PathRequest(path), Json.PathRequest, Json.DoneResult, cancellationToken);

    public Task<AgentView> RegisterAgentAsync(string name, string publicKey, string description, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.RegisterAgent, new RegisterRequest(name, publicKey, description), Json.RegisterRequest, Json.AgentView, cancellationToken);

    public Task<IReadOnlyList<AgentView>> ListAgentsAsync(CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ListAgents, new NoRequest(), Json.NoRequest, Json.IReadOnlyListAgentView, cancellationToken);

    public Task RemoveAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.RemoveAgent, new NameRequest(name), Json.NameRequest, Json.DoneResult, cancellationToken);

    public Task<AgentView> RotateAgentKeyAsync(string name, string publicKey, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.RotateAgentKey, new RotateKeyRequest(name, publicKey), Json.RotateKeyRequest, Json.AgentView, cancellationToken);

    public Task<AgentView> DisableAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.DisableAgent, new NameRequest(name), Json.NameRequest, Json.AgentView, cancellationToken);

    public Task<AgentView> EnableAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.EnableAgent, new NameRequest(name), Json.NameRequest, Json.AgentView, cancellationToken);

    public Task<AgentView> FreezeAgentAsync(string name, string reason, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.FreezeAgent, new FreezeRequest(name, reason), Json.FreezeRequest, Json.AgentView, cancellationToken);

    public Task<AgentView> UnfreezeAgentAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.UnfreezeAgent, new NameRequest(name), Json.NameRequest, Json.AgentView, cancellationToken);

    public Task<PolicyView> AddPolicyAsync(PolicyView policy, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.AddPolicy, policy, Json.PolicyView, Json.PolicyView, cancellationToken);

    public Task<PolicyView> SetPolicyAsync(PolicyView policy, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.SetPolicy, policy, Json.PolicyView, Json.PolicyView, cancellationToken);

    public Task<PolicyChangesView> ApplyPoliciesAsync(ApplyRequest request, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ApplyPolicies, request, Json.ApplyRequest, Json.PolicyChangesView, cancellationToken);

    public Task<PolicyChangesView> ComparePoliciesAsync(ApplyRequest request, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ComparePolicies, request, Json.ApplyRequest, Json.PolicyChangesView, cancellationToken);

    public Task<IReadOnlyList<PolicyView>> ListPoliciesAsync(CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ListPolicies, new NoRequest(), Json.NoRequest, Json.IReadOnlyListPolicyView, cancellationToken);

    public Task RemovePolicyAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.RemovePolicy, new NameRequest(name), Json.NameRequest, Json.DoneResult, cancellationToken);

    public Task<SimulationView> SimulateAsync(SimulateRequest request, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.Simulate, request, Json.SimulateRequest, Json.SimulationView, cancellationToken);

    public Task<IReadOnlyList<LeaseView>> ListLeasesAsync(CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ListLeases, new NoRequest(), Json.NoRequest, Json.IReadOnlyListLeaseView, cancellationToken);

    public async Task<int> RevokeLeasesAsync(RevokeRequest request, CancellationToken cancellationToken = default) =>
        (await Call(AdminRoutes.RevokeLeases, request, Json.RevokeRequest, Json.CountResult, cancellationToken).ConfigureAwait(false)).Count;

    public async IAsyncEnumerable<AuditEntryView> ReadAuditAsync(
        AuditRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await http.PostAsync(AdminRoutes.ReadAudit, token, request, Json.AuditRequest, cancellationToken).ConfigureAwait(false);
        using var lines = new StreamReader(await http.BodyAsync(response, cancellationToken).ConfigureAwait(false));
        while (await NextAsync(lines, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            yield return entry;
        }
    }

    public Task<AuditVerificationView> VerifyAuditAsync(VerifyRequest request, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.VerifyAudit, request, Json.VerifyRequest, Json.AuditVerificationView, cancellationToken);

    public async Task BackupAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        using var response = await http.PostAsync(AdminRoutes.Backup, token, new NoRequest(), Json.NoRequest, cancellationToken).ConfigureAwait(false);
        await using var body = await http.BodyAsync(response, cancellationToken).ConfigureAwait(false);
        try
        {
            await body.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpIOException cut)
        {
            // A response that has begun can only be cut off, not say why.
            var daemon = await http.GetAsync(AdminRoutes.Status, Json.DaemonStatus, cancellationToken).ConfigureAwait(false);
            throw daemon.Sealed ? OperatorErrors.SealedDuringBackup(cut) : AdminHttp.Unusable(cut);
        }
    }

    public Task ChangePassphraseAsync(byte[] current, byte[] replacement, CancellationToken cancellationToken = default) => Call(
        AdminRoutes.Passphrase, new ChangePassphraseRequest(current, replacement), Json.ChangePassphraseRequest, Json.DoneResult, cancellationToken);

    public Task<IReadOnlyList<SealProviderView>> ListSealProvidersAsync(CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ListSealProviders, new NoRequest(), Json.NoRequest, Json.IReadOnlyListSealProviderView, cancellationToken);

    public Task AddSealProviderAsync(byte[] passphrase, SealProviderView provider, CancellationToken cancellationToken = default) => Call(
        AdminRoutes.AddSealProvider, new AddSealProviderRequest(passphrase, provider.Name, provider.Type, provider.Settings), Json.AddSealProviderRequest, Json.DoneResult, cancellationToken);

    public Task<SealProviderResult> RemoveSealProviderAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.RemoveSealProvider, new NameRequest(name), Json.NameRequest, Json.SealProviderResult, cancellationToken);

    public Task<SealProviderResult> TestSealProviderAsync(string name, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.TestSealProvider, new NameRequest(name), Json.NameRequest, Json.SealProviderResult, cancellationToken);

    public Task<IReadOnlyList<ApprovalView>> ListApprovalsAsync(CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ListApprovals, new NoRequest(), Json.NoRequest, Json.IReadOnlyListApprovalView, cancellationToken);

    public Task DecideApprovalAsync(ApprovalDecision decision, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.DecideApproval, decision, Json.ApprovalDecision, Json.DoneResult, cancellationToken);

    public Task<IReadOnlyList<ProposalView>> ListProposalsAsync(CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.ListProposals, new NoRequest(), Json.NoRequest, Json.IReadOnlyListProposalView, cancellationToken);

    public Task<ProposalView> GrantProposalAsync(ProposalGrant grant, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.GrantProposal, grant, Json.ProposalGrant, Json.ProposalView, cancellationToken);

    public Task<ProposalView> DenyProposalAsync(ProposalDenial denial, CancellationToken cancellationToken = default) =>
        Call(AdminRoutes.DenyProposal, denial, Json.ProposalDenial, Json.ProposalView, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<TResult> Call<TRequest, TResult>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> type,
        JsonTypeInfo<TResult> result,
        CancellationToken cancellationToken) => http.PostAsync(path, token, request, type, result, cancellationToken);

    private static async Task<AuditEntryView?> NextAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            var line = await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            return line is null ? null
                : line.StartsWith(ErrorLine, StringComparison.Ordinal) ? throw ErrorOf(JsonSerializer.Deserialize(line, Json.AdminErrorResult)!.Error)
                : JsonSerializer.Deserialize(line, Json.AuditEntryView);
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException or JsonException)
        {
            throw AdminHttp.Unusable(cut);
        }
    }

    private static OperatorException ErrorOf(AdminError error) => new(error.Code, error.Message, error.Suggestion);
}
