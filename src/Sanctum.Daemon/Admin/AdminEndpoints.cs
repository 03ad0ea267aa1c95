using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Daemon.Admin;

/// <summary>One call of the operators' API.</summary>
internal sealed record AdminEndpoint(string Method, string Path, bool NeedsToken, Func<HttpContext, AdminContext, Operator?, Task> Run);

/// <summary>All calls of the operators' API.</summary>
internal static class AdminEndpoints
{
    private static readonly AdminJson Json = AdminJson.Default;

    public static readonly IReadOnlyList<AdminEndpoint> All =
    [
        new("GET", AdminRoutes.Status, NeedsToken: false, (http, context, _) => AdminRequest.WriteAsync(http, context.Status(), Json.DaemonStatus)),
        new("POST", AdminRoutes.Unseal, NeedsToken: false, UnsealAsync),
        new("POST", AdminRoutes.Login, NeedsToken: false, LoginAsync),
        new("POST", AdminRoutes.Seal, NeedsToken: true, SealAsync),
        new("POST", AdminRoutes.Stop, NeedsToken: false, StopAsync),
        new("POST", AdminRoutes.Passphrase, NeedsToken: true, ChangePassphraseAsync),

        new("POST", AdminRoutes.Store, NeedsToken: true, StoreAsync),
        new("POST", AdminRoutes.Get, NeedsToken: true, GetAsync),
        Call(AdminRoutes.List, Json.ListRequest, Json.IReadOnlyListCredentialView, (api, r, ct) => api.ListAsync(r.Type, r.Tag, ct)),
        Call(AdminRoutes.Remove, Json.PathRequest, (api, r, ct) => api.RemoveAsync(r.Path, ct)),

        Call(AdminRoutes.RegisterAgent, Json.RegisterRequest, Json.AgentView, (api, r, ct) => api.RegisterAgentAsync(r.Name, r.PublicKey, r.Description, ct)),
        Call(AdminRoutes.ListAgents, Json.NoRequest, Json.IReadOnlyListAgentView, (api, _, ct) => api.ListAgentsAsync(ct)),
        Call(AdminRoutes.RemoveAgent, Json.NameRequest, (api, r, ct) => api.RemoveAgentAsync(r.Name, ct)),

        Call(AdminRoutes.AddPolicy, Json.PolicyView, Json.PolicyView, (api, r, ct) => api.AddPolicyAsync(r, ct)),
        Call(AdminRoutes.ListPolicies, Json.NoRequest, Json.IReadOnlyListPolicyView, (api, _, ct) => api.ListPoliciesAsync(ct)),
        Call(AdminRoutes.RemovePolicy, Json.NameRequest, (api, r, ct) => api.RemovePolicyAsync(r.Name, ct)),
        Call(AdminRoutes.Simulate, Json.SimulateRequest, Json.SimulationView, (api, r, ct) => api.SimulateAsync(r, ct)),

        Call(AdminRoutes.ListLeases, Json.NoRequest, Json.IReadOnlyListLeaseView, (api, _, ct) => api.ListLeasesAsync(ct)),
        Call(AdminRoutes.RevokeLeases, Json.RevokeRequest, Json.CountResult, async (api, r, ct) => new CountResult(await api.RevokeLeasesAsync(r, ct).ConfigureAwait(false))),

        new("POST", AdminRoutes.ReadAudit, NeedsToken: true, AdminStreams.ReadAuditAsync),
        Call(AdminRoutes.VerifyAudit, Json.VerifyRequest, Json.AuditVerificationView, (api, r, ct) => api.VerifyAuditAsync(r, ct)),
        new("POST", AdminRoutes.Backup, NeedsToken: true, AdminStreams.BackupAsync),

        Call(AdminRoutes.ListApprovals, Json.NoRequest, Json.IReadOnlyListApprovalView, (api, _, ct) => api.ListApprovalsAsync(ct)),
        Call(AdminRoutes.DecideApproval, Json.ApprovalDecision, (api, r, ct) => api.DecideApprovalAsync(r, ct)),
    ];

    private static AdminEndpoint Call<TRequest, TResult>(
        string path,
        JsonTypeInfo<TRequest> request,
        JsonTypeInfo<TResult> result,
        Func<IOperatorApi, TRequest, CancellationToken, Task<TResult>> run) => new("POST", path, NeedsToken: true, async (http, context, by) =>
        {
            // One that is answered with much is held until it has been read: so there are only a few at a time.
            using var place = await context.Calls.EnterAsync(http.RequestAborted).ConfigureAwait(false);
            var parameters = await AdminRequest.ReadAsync(http, request).ConfigureAwait(false);
            await using var api = new VaultOperator(context.Vault, by!);
            await AdminRequest.WriteAsync(http, await run(api, parameters, http.RequestAborted).ConfigureAwait(false), result).ConfigureAwait(false);
        });

    private static AdminEndpoint Call<TRequest>(
        string path,
        JsonTypeInfo<TRequest> request,
        Func<IOperatorApi, TRequest, CancellationToken, Task> run) => Call(path, request, Json.DoneResult, async (api, parameters, ct) =>
        {
            await run(api, parameters, ct).ConfigureAwait(false);
            return new DoneResult();
        });

    private static async Task UnsealAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var proved = await ProveAsync(http, context).ConfigureAwait(false);
        await AdminRequest.WriteAsync(http, context.Status() with { Warnings = proved.Damage }, Json.DaemonStatus).ConfigureAwait(false);
    }

    private static async Task LoginAsync(HttpContext http, AdminContext context, Operator? by)
    {
        // Signing in does not unseal: whoever only wants to look must not open the vault to the agents.
        if (context.Vault.IsSealed)
        {
            throw OperatorErrors.Locked();
        }

        var proved = await ProveAsync(http, context).ConfigureAwait(false);
        await AdminRequest.WriteAsync(http, context.Tokens.Issue(proved), Json.LoginView).ConfigureAwait(false);
    }

    private static async Task<Operator> ProveAsync(HttpContext http, AdminContext context)
    {
        var request = await AdminRequest.ReadAsync(http, Json.PassphraseRequest, AdminRequest.LargestPassphraseBody).ConfigureAwait(false);
        try
        {
            return await context.Gate
                .TryAsync(OperatorConnections.PeerOf(http), () => context.Sealing.UnsealAsync(request.Passphrase, CancellationToken.None), http.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Passphrase);
        }
    }

    private static async Task SealAsync(HttpContext http, AdminContext context, Operator? by)
    {
        var report = await context.Sealing.SealAsync("an operator sealed it").ConfigureAwait(false);
        var status = context.Status() with
        {
            Warnings = report.NotRecorded is { } cause ? [$"the sealing is not in the audit log: {cause.Message}"] : [],
        };
        await AdminRequest.WriteAsync(http, status, Json.DaemonStatus).ConfigureAwait(false);
    }

    private static async Task StopAsync(HttpContext http, AdminContext context, Operator? by)
    {
        // A sealed daemon can't know an operator; whoever reaches this socket could as well send the process a signal.
        if (by is null && !context.Vault.IsSealed)
        {
            throw OperatorErrors.NoToken();
        }

        await AdminRequest.WriteAsync(http, new DoneResult(), Json.DoneResult).ConfigureAwait(false);
        context.StopRequested.TrySetResult();
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
