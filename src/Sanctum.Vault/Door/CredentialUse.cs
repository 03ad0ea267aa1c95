using System.Text.Json;
using Sanctum.Audit;
using Sanctum.Credentials;
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
        if (operation is HttpRequestOperation)
        {
            return await WholeExchange.RunAsync(vault, caller, path, parameters, cancellationToken).ConfigureAwait(false);
        }

        // Sealing ends the session too.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var actions = operation is { Description.Discloses: true } ? PolicyActions.Use | PolicyActions.Retrieve : PolicyActions.Use;
        var call = new Call(null, () => parameters.Digest(_ => null));
        var authorized = await vault.Authorizer
            .RequireAsync(caller, actions, path, AuditActions.Use, operation?.Name ?? UnknownName.Of(vault, "operation", name), call, ending.Token)
            .ConfigureAwait(false);
        return await authorized.RunAsync(outcome =>
        {
            var computed = operation as IComputedOperation ?? throw Errors.UnknownOperation();

            // Before anything is waited for: the bytes are the caller's until they have been read.
            var arguments = parameters.Read();
            return RunAsync(vault, caller, vault.Credentials.Require(path), computed, arguments, authorized, outcome, ending.Token);
        }).ConfigureAwait(false);
    }

    private static async ValueTask<OperationResult> RunAsync(
        UnsealedVault vault,
        Caller caller,
        CredentialInfo credential,
        IComputedOperation operation,
        JsonElement arguments,
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
            MaxResultBytes = vault.Options.MaxResultBytes,
            TimeProvider = vault.Options.TimeProvider,
            CancellationToken = cancellationToken,
        };
        (outcome.Details, outcome.Used) = (context.Details, credential);
        return HeavyWork.IsHeavy(arguments, secret.Length)
            ? await vault.Heavy.RunAsync(caller.Agent, () => operation.RunAsync(context, arguments), cancellationToken).ConfigureAwait(false)
            : await operation.RunAsync(context, arguments).ConfigureAwait(false);
    }
}
