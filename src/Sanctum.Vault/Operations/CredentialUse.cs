using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Operations;

/// <summary>Has the vault do something with a secret: decided, opened, done, recorded.</summary>
internal static class CredentialUse
{
    private static readonly JsonElement NoParameters = JsonElement.Parse("{}"u8);

    public static async Task<OperationResult> RunAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, string name, JsonElement? parameters, CancellationToken cancellationToken)
    {
        _ = OperationCatalog.Default.TryFind(name, out var operation);
        var actions = operation is { Discloses: true } ? PolicyActions.Use | PolicyActions.Retrieve : PolicyActions.Use;
        var arguments = parameters ?? NoParameters;
        var request = operation?.RequestOf(arguments);

        // Sealing ends the session too.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var authorized = await vault.Authorizer
            .DemandAsync(caller, actions, path, AuditActions.Use, operation?.Name ?? name, CallOf(vault, arguments, request), ending.Token)
            .ConfigureAwait(false);
        return await authorized.RunAsync(async outcome =>
        {
            if (operation is null)
            {
                throw Errors.UnknownOperation(name);
            }

            var credential = vault.Credentials.Demand(path);
            if (request is null)
            {
                return await RunAsync(vault, caller, credential, operation, arguments, null, authorized, outcome, ending.Token).ConfigureAwait(false);
            }

            using var running = vault.Egress.Running.Add(vault, authorized.Decision, credential, request.Target, ending.Token);
            try
            {
                return await RunAsync(vault, caller, credential, operation, arguments, request, authorized, outcome, running.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (running.IsWithdrawn && !ending.IsCancellationRequested)
            {
                throw Errors.AccessDenied(actions, path);
            }
        }).ConfigureAwait(false);
    }

    private static async ValueTask<OperationResult> RunAsync(
        UnsealedVault vault,
        Caller caller,
        CredentialInfo credential,
        IOperation operation,
        JsonElement arguments,
        HttpRequestParameters? request,
        Authorized authorized,
        Outcome outcome,
        CancellationToken cancellationToken)
    {
        using var secret = await vault.OpenSecretAsync(credential, cancellationToken).ConfigureAwait(false);
        var context = new OperationContext
        {
            Credential = credential,
            Secret = secret,
            OpenVersion = (version, token) => vault.Secrets.TryOpenAsync(credential.Path, version, token),
            VaultId = new Guid(vault.Keys.VaultId, bigEndian: true),
            DemandAlgorithm = algorithm =>
            {
                if (!authorized.Decision.PermitsAlgorithm(algorithm))
                {
                    throw Errors.AlgorithmDenied(algorithm);
                }
            },
            Egress = new EgressCall(vault.Egress, caller.Agent, request, authorized.AnnounceAsync),
            MaxResultBytes = vault.Options.MaxResultBytes,
            TimeProvider = vault.Options.TimeProvider,
            CancellationToken = cancellationToken,
        };
        outcome.Details = context.Details;
        var result = await operation.RunAsync(context, arguments).ConfigureAwait(false);
        outcome.IsRemarkable = context.Details.ContainsKey("scrubbed");
        return result;
    }

    // Only where some policy asks for approvals is it worth telling calls apart.
    private static Call CallOf(UnsealedVault vault, JsonElement parameters, HttpRequestParameters? request) => new(
        request?.Target,
        !vault.Policies.AnyRequiresApproval ? [] : request?.Digest() ?? SHA256.HashData(Encoding.UTF8.GetBytes(parameters.GetRawText())));
}
