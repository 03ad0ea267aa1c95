using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using static Sanctum.Daemon.Admin.OperatorScopes;

namespace Sanctum.Daemon.Admin;

/// <summary>One call of the operators' API.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path.</param>
/// <param name="Scopes">The scopes of which a token needs one; none where no token is needed.</param>
/// <param name="Run">What it does.</param>
internal sealed record AdminEndpoint(string Method, string Path, OperatorScopes Scopes, Func<HttpContext, AdminContext, Operator?, Task> Run)
{
    /// <summary>Whether it can be made without a token on a sealed vault, which can't know an operator.</summary>
    public bool IsOpenWhileSealed { get; init; }

    public bool NeedsToken(bool isSealed) => Scopes != OperatorScopes.None && !(isSealed && IsOpenWhileSealed);
}

/// <summary>All calls of the operators' API.</summary>
internal static class AdminEndpoints
{
    private static readonly AdminJson Json = AdminJson.Default;

    public static readonly IReadOnlyList<AdminEndpoint> All =
    [
        new("GET", AdminRoutes.Status, None, (http, context, _) => AdminRequest.WriteAsync(http, context.Status(), Json.DaemonStatus)),
        new("GET", AdminRoutes.ListNodes, None, ListNodesAsync),
        new("POST", AdminRoutes.Unseal, None, UnsealAsync),
        new("POST", AdminRoutes.Login, None, LoginAsync),
        new("POST", AdminRoutes.Seal, Manage, SealAsync) { IsOpenWhileSealed = true }, // Whoever reaches this socket could as well send the process a signal.
        new("POST", AdminRoutes.Stop, Manage, StopAsync) { IsOpenWhileSealed = true },
        new("POST", AdminRoutes.Passphrase, Manage, ChangePassphraseAsync),

        Call(AdminRoutes.ListSealProviders, Read, Json.NoRequest, Json.IReadOnlyListSealProviderView, (api, _, ct) => api.ListSealProvidersAsync(ct)),
        new("POST", AdminRoutes.AddSealProvider, Manage, AddSealProviderAsync),
        Call(AdminRoutes.RemoveSealProvider, Manage, Json.NameRequest, Json.SealProviderResult, (api, r, ct) => api.RemoveSealProviderAsync(r.Name, ct)),
        Call(AdminRoutes.TestSealProvider, Manage, Json.NameRequest, Json.SealProviderResult, (api, r, ct) => api.TestSealProviderAsync(r.Name, ct)),

        new("POST", AdminRoutes.Store, Secrets, StoreAsync),
        new("POST", AdminRoutes.Get, Secrets, GetAsync),
        Call(AdminRoutes.List, Read, Json.ListRequest, Json.IReadOnlyListCredentialView, (api, r, ct) => api.ListAsync(r.Type, r.Tag, ct)),
        Call(AdminRoutes.Remove, Manage, Json.PathRequest, (api, r, ct) => api.RemoveAsync(r.Path, ct)),

        Call(AdminRoutes.RegisterAgent, Manage, Json.RegisterRequest, Json.AgentView, (api, r, ct) => api.RegisterAgentAsync(r.Name, r.PublicKey, r.Description, ct)),
        Call(AdminRoutes.ListAgents, Read, Json.NoRequest, Json.IReadOnlyListAgentView, (api, _, ct) => api.ListAgentsAsync(ct)),
        Call(AdminRoutes.RemoveAgent, Manage, Json.NameRequest, (api, r, ct) => api.RemoveAgentAsync(r.Name, ct)),
        Call(AdminRoutes.RotateAgentKey, Manage, Json.RotateKeyRequest, Json.AgentView, (api, r, ct) => api.RotateAgentKeyAsync(r.Name, r.PublicKey, ct)),
        Call(AdminRoutes.DisableAgent, Manage, Json.NameRequest, Json.AgentView, (api, r, ct) => api.DisableAgentAsync(r.Name, ct)),
        Call(AdminRoutes.EnableAgent, Manage, Json.NameRequest, Json.AgentView, (api, r, ct) => api.EnableAgentAsync(r.Name, ct)),
        Call(AdminRoutes.FreezeAgent, Manage, Json.FreezeRequest, Json.AgentView, (api, r, ct) => api.FreezeAgentAsync(r.Name, r.Reason, ct)),
        Call(AdminRoutes.UnfreezeAgent, Manage, Json.NameRequest, Json.AgentView, (api, r, ct) => api.UnfreezeAgentAsync(r.Name, ct)),

        Call(AdminRoutes.AddPolicy, Manage, Json.PolicyView, Json.PolicyView, (api, r, ct) => api.AddPolicyAsync(r, ct)),
        Call(AdminRoutes.SetPolicy, Manage, Json.PolicyView, Json.PolicyView, (api, r, ct) => api.SetPolicyAsync(r, ct)),
        Call(AdminRoutes.ApplyPolicies, Manage, Json.ApplyRequest, Json.PolicyChangesView, (api, r, ct) => api.ApplyPoliciesAsync(r, ct)),
        Call(AdminRoutes.ComparePolicies, Read, Json.ApplyRequest, Json.PolicyChangesView, (api, r, ct) => api.ComparePoliciesAsync(r, ct)),
        Call(AdminRoutes.ListPolicies, Read, Json.NoRequest, Json.IReadOnlyListPolicyView, (api, _, ct) => api.ListPoliciesAsync(ct)),
        Call(AdminRoutes.RemovePolicy, Manage, Json.NameRequest, (api, r, ct) => api.RemovePolicyAsync(r.Name, ct)),
        Call(AdminRoutes.Simulate, Read, Json.SimulateRequest, Json.SimulationView, (api, r, ct) => api.SimulateAsync(r, ct)),

        Call(AdminRoutes.ListLeases, Read, Json.NoRequest, Json.IReadOnlyListLeaseView, (api, _, ct) => api.ListLeasesAsync(ct)),
        Call(AdminRoutes.RevokeLeases, Manage, Json.RevokeRequest, Json.CountResult, async (api, r, ct) => new CountResult(await api.RevokeLeasesAsync(r, ct).ConfigureAwait(false))),

        new("POST", AdminRoutes.ReadAudit, Read, AdminStreams.ReadAuditAsync),
        Call(AdminRoutes.VerifyAudit, Read, Json.VerifyRequest, Json.AuditVerificationView, (api, r, ct) => api.VerifyAuditAsync(r, ct)),
        new("POST", AdminRoutes.Backup, Secrets, AdminStreams.BackupAsync),

        Call(AdminRoutes.ListApprovals, Read | Approve, Json.NoRequest, Json.IReadOnlyListApprovalView, (api, _, ct) => api.ListApprovalsAsync(ct)),
        Call(AdminRoutes.DecideApproval, Approve, Json.ApprovalDecision, (api, r, ct) => api.DecideApprovalAsync(r, ct)),

        // A grant is a policy, and lasts: whoever may only approve calls can't make one.
        Call(AdminRoutes.ListProposals, Read | Approve, Json.NoRequest, Json.IReadOnlyListProposalView, (api, _, ct) => api.ListProposalsAsync(ct)),
        Call(AdminRoutes.GrantProposal, Manage, Json.ProposalGrant, Json.ProposalView, (api, r, ct) => api.GrantProposalAsync(r, ct)),
        Call(AdminRoutes.DenyProposal, Approve | Manage, Json.ProposalDenial, Json.ProposalView, (api, r, ct) => api.DenyProposalAsync(r, ct)),
    ];

    private static AdminEndpoint Call<TRequest, TResult>(
        string path,
        OperatorScopes scopes,
        JsonTypeInfo<TRequest> request,
        JsonTypeInfo<TResult> result,
        Func<IOperatorApi, TRequest, CancellationToken, Task<TResult>> run) => new("POST", path, scopes, async (http, context, by) =>
        {
            // One with a large response is held until it has been read: so there are only a few at a time.
            using var place = await context.Calls.EnterAsync(http.RequestAborted).ConfigureAwait(false);
            var parameters = await AdminRequest.ReadAsync(http, request).ConfigureAwait(false);
            await using var api = new VaultOperator(context.Vault, by!);
            await AdminRequest.WriteAsync(http, await run(api, parameters, http.RequestAborted).ConfigureAwait(false), result).ConfigureAwait(false);
        });

    private static AdminEndpoint Call<TRequest>(
        string path,
        OperatorScopes scopes,
        JsonTypeInfo<TRequest> request,
        Func<IOperatorApi, TRequest, CancellationToken, Task> run) => Call(path, scopes, request, Json.DoneResult, async (api, parameters, ct) =>
        {
            await run(api, parameters, ct).ConfigureAwait(false);
            return new DoneResult();
        });

    private static async Task ListNodesAsync(HttpContext http, AdminContext context, Operator? by)
    {
        using var place = await context.Calls.EnterAsync(http.RequestAborted).ConfigureAwait(false);
        await AdminRequest.WriteAsync(http, await context.Nodes!.ListAsync(http.RequestAborted).ConfigureAwait(false), Json.IReadOnlyListNodeView).ConfigureAwait(false);
    }

    private static async Task UnsealAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var request = await AdminRequest.ReadAsync(http, Json.PassphraseRequest, AdminRequest.LargestPassphraseBody).ConfigureAwait(false);
        var proved = await ProveAsync(http, context, request.Passphrase).ConfigureAwait(false);
        await AdminRequest.WriteAsync(http, context.Status() with { Warnings = proved.Damage }, Json.DaemonStatus).ConfigureAwait(false);
    }

    private static async Task LoginAsync(HttpContext http, AdminContext context, Operator? by)
    {
        // Signing in does not unseal: whoever only wants to look must not open the vault to the agents.
        if (context.Vault.IsSealed)
        {
            throw OperatorErrors.Locked();
        }

        var request = await AdminRequest.ReadAsync(http, Json.LoginRequest, AdminRequest.LargestPassphraseBody).ConfigureAwait(false);
        try
        {
            var scopes = ViewMapping.ToScopes(request.Scopes);
            ProcessIdentity? session = request.BindSession ? OperatorConnections.PeerOf(http).Session ?? throw OperatorErrors.NoSession() : null;
            var proved = await ProveAsync(http, context, request.Passphrase).ConfigureAwait(false);
            await AdminRequest.WriteAsync(http, context.Tokens.Issue(proved, scopes, session), Json.LoginView).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Passphrase);
        }
    }

    private static async Task<Operator> ProveAsync(HttpContext http, AdminContext context, byte[] passphrase)
    {
        try
        {
            return await context.Gate
                .TryAsync(OperatorConnections.PeerOf(http), () => context.Sealing.UnsealAsync(passphrase, CancellationToken.None), http.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    private static async Task SealAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var wasSealed = context.Vault.IsSealed;
        var report = await context.Sealing.SealAsync(Vault.SealedByOperator).ConfigureAwait(false);
        if (wasSealed && await context.Nodes!.ServingElsewhereAsync(http.RequestAborted).ConfigureAwait(false) is { Count: > 0 } others)
        {
            // A sealed daemon has no key to write the seal with, by which the others would hear of it.
            throw OperatorErrors.ServedElsewhere(others);
        }

        var status = context.Status() with
        {
            Warnings = report.NotRecorded is { } cause ? [$"the sealing is not in the audit log: {cause.Message}"] : [],
        };
        await AdminRequest.WriteAsync(http, status, Json.DaemonStatus).ConfigureAwait(false);
    }

    private static async Task StopAsync(HttpContext http, AdminContext context, Operator? by)
    {
        await AdminRequest.WriteAsync(http, new DoneResult(), Json.DoneResult).ConfigureAwait(false);
        context.Stop();
    }

    private static async Task ChangePassphraseAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var request = await AdminRequest.ReadAsync(http, Json.ChangePassphraseRequest, AdminRequest.LargestPassphraseBody).ConfigureAwait(false);
        try
        {
            // A token alone does not change it, and the current one is tried at the same gate as anywhere.
            await using var api = new VaultOperator(context.Vault, by!);
            await context.Gate.TryAsync(
                OperatorConnections.PeerOf(http),
                async () =>
                {
                    await api.ChangePassphraseAsync(request.Current, request.Replacement, CancellationToken.None).ConfigureAwait(false);
                    return true;
                },
                http.RequestAborted).ConfigureAwait(false);
            await AdminRequest.WriteAsync(http, new DoneResult(), Json.DoneResult).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Current);
            CryptographicOperations.ZeroMemory(request.Replacement);
        }
    }

    private static async Task AddSealProviderAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var request = await AdminRequest.ReadAsync(http, Json.AddSealProviderRequest, AdminRequest.LargestPassphraseBody).ConfigureAwait(false);
        try
        {
            // A way to open the vault for good: like the passphrase, a token alone does not change it.
            await using var api = new VaultOperator(context.Vault, by!);
            await context.Gate.TryAsync(
                OperatorConnections.PeerOf(http),
                async () =>
                {
                    await api.AddSealProviderAsync(request.Passphrase, new SealProviderView(request.Name, request.Type, request.Settings), CancellationToken.None).ConfigureAwait(false);
                    return true;
                },
                http.RequestAborted).ConfigureAwait(false);
            await AdminRequest.WriteAsync(http, new DoneResult(), Json.DoneResult).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Passphrase);
        }
    }

    private static async Task StoreAsync(HttpContext http, AdminContext context, Operator? by)
    {
        using var place = await context.Calls.EnterAsync(http.RequestAborted).ConfigureAwait(false);
        var request = await AdminRequest.ReadAsync(http, Json.StoreRequest).ConfigureAwait(false);
        try
        {
            await using var api = new VaultOperator(context.Vault, by!);
            var stored = await api.StoreAsync(request, http.RequestAborted).ConfigureAwait(false);
            await AdminRequest.WriteAsync(http, stored, Json.CredentialView).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Value);
        }
    }

    private static async Task GetAsync(HttpContext http, AdminContext context, Operator? by)
    {
        using var place = await context.Calls.EnterAsync(http.RequestAborted).ConfigureAwait(false);
        var request = await AdminRequest.ReadAsync(http, Json.PathRequest).ConfigureAwait(false);
        await using var api = new VaultOperator(context.Vault, by!);
        var secret = await api.GetAsync(request.Path, http.RequestAborted).ConfigureAwait(false);
        try
        {
            await AdminRequest.WriteAsync(http, secret).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
