using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sanctum.Audit;
using Sanctum.Credentials;
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
        var known = OperationCatalog.Default.TryFind(name, out var operation);
        var actions = operation is { Discloses: true } ? PolicyActions.Use | PolicyActions.Retrieve : PolicyActions.Use;
        var arguments = parameters ?? NoParameters;
        var authorized = await vault.Authorizer
            .DemandAsync(caller, actions, path, AuditActions.Use, operation?.Name ?? name, Digest(vault, arguments))
            .ConfigureAwait(false);
        return await authorized.RunAsync(async outcome =>
        {
            if (!known)
            {
                throw Errors.UnknownOperation(name);
            }

            var credential = vault.Credentials.Demand(path);

            // Sealing ends the session too.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
            using var secret = await vault.OpenSecretAsync(credential, ending.Token).ConfigureAwait(false);
            var context = new OperationContext
            {
                Credential = credential,
                Secret = secret,
                OpenVersion = (version, token) => vault.Secrets.TryOpenAsync(path, version, token),
                VaultId = new Guid(vault.Keys.VaultId, bigEndian: true),
                DemandAlgorithm = algorithm =>
                {
                    if (!authorized.Decision.PermitsAlgorithm(algorithm))
                    {
                        throw Errors.AlgorithmDenied(algorithm);
                    }
                },
                MaxResultBytes = vault.Options.MaxResultBytes,
                TimeProvider = vault.Options.TimeProvider,
                CancellationToken = ending.Token,
            };
            outcome.Details = context.Details;
            return await operation!.RunAsync(context, arguments).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    // Only where some policy asks for approvals is it worth telling calls apart.
    private static byte[] Digest(UnsealedVault vault, JsonElement parameters) =>
        vault.Policies.AnyRequiresApproval ? SHA256.HashData(Encoding.UTF8.GetBytes(parameters.GetRawText())) : [];
}
