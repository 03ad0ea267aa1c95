using System.Text.Json;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Has the vault do something with a secret: decided, opened, done, recorded.</summary>
internal static class CredentialUse
{
    public static async Task<OperationResult> RunAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, string name, CallParameters parameters, CancellationToken cancellationToken)
    {
        _ = OperationCatalog.Default.TryFind(name, out var operation);
        var actions = operation is { Discloses: true } ? PolicyActions.Use | PolicyActions.Retrieve : PolicyActions.Use;
        var target = operation?.TargetOf(parameters.Utf8);

        // Sealing ends the session too.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var authorized = await vault.Authorizer
            .RequireAsync(caller, actions, path, AuditActions.Use, operation?.Name ?? UnknownName.Of(vault, "operation", name), CallOf(operation, parameters, target), ending.Token)
            .ConfigureAwait(false);
        RunningRequest? running = null;
        try
        {
            var result = await authorized.RunAsync(async outcome =>
            {
                if (operation is null)
                {
                    throw Errors.UnknownOperation();
                }

                // Before anything is waited for: the bytes are the caller's until they have been read.
                var arguments = parameters.Read();
                var credential = vault.Credentials.Require(path);
                var egress = new EgressCall(
                    vault.Egress, vault.Heavy, caller.Agent, authorized.Decision.IsCounted, target, new GrantedLimits(authorized.Decision.LimitsPaths, authorized.Decision.LimitsMethods), () => MayRetrieve(vault, caller, path), AnnounceAsync);
                if (target is null)
                {
                    return await RunAsync(vault, credential, operation, arguments, egress, authorized, outcome, ending.Token).ConfigureAwait(false);
                }

                running = vault.Egress.Running.Add(vault, authorized.Decision, credential, target, leaseId: null, ending.Token);
                try
                {
                    return await RunAsync(vault, credential, operation, arguments, egress, authorized, outcome, running.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (running.IsWithdrawn && !ending.IsCancellationRequested)
                {
                    throw Errors.AccessDenied(actions, path);
                }
            }).ConfigureAwait(false);

            // It runs until it is delivered: what was taken while its outcome was being recorded is taken from it as well.
            if (running is { IsWithdrawn: true })
            {
                (result as IDisposable)?.Dispose();
                throw Errors.AccessDenied(actions, path);
            }

            return result;
        }
        finally
        {
            running?.Dispose();
        }

        // The token is cancelled a moment after the withdrawal, and by then it could have been sent.
        async Task AnnounceAsync(IReadOnlyDictionary<string, string> details)
        {
            await authorized.AnnounceAsync(details).ConfigureAwait(false);
            if (running is { IsWithdrawn: true })
            {
                throw Errors.AccessDenied(actions, path);
            }
        }
    }

    private static bool MayRetrieve(UnsealedVault vault, Caller caller, CredentialPath path) => vault.Policies.Decide(
        new DecisionRequest(caller.Agent, PolicyActions.Retrieve, path, null, vault.Options.TimeProvider.GetLocalNow()), vault.Counters).Allowed;

    private static async ValueTask<OperationResult> RunAsync(
        UnsealedVault vault,
        CredentialInfo credential,
        IOperation operation,
        JsonElement arguments,
        EgressCall egress,
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
            RequireAlgorithm = algorithm =>
            {
                if (!authorized.Decision.PermitsAlgorithm(algorithm))
                {
                    throw Errors.AlgorithmDenied(algorithm);
                }
            },
            Egress = egress,
            MaxResultBytes = vault.Options.MaxResultBytes,
            TimeProvider = vault.Options.TimeProvider,
            CancellationToken = cancellationToken,
        };
        outcome.Details = context.Details;
        var result = egress.Target is null && HeavyWork.IsHeavy(arguments, secret.Length)
            ? await vault.Heavy.RunAsync(egress.Agent, () => operation.RunAsync(context, arguments), cancellationToken).ConfigureAwait(false)
            : await operation.RunAsync(context, arguments).ConfigureAwait(false);
        outcome.IsRemarkable = context.Details.ContainsKey("scrubbed");
        return result;
    }

    private static Call CallOf(IOperation? operation, CallParameters parameters, RequestTarget? target) =>
        new(target, () => parameters.Digest(json => operation?.DigestOf(json)));
}
