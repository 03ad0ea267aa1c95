using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Sealing;

namespace Sanctum.Policies;

/// <summary>What would become of a call that is not made. Nothing is counted, nobody is asked and nothing is sent.</summary>
/// <param name="Request">What was decided.</param>
/// <param name="Decision">By the policies.</param>
/// <param name="Refusal">Why what policies allow would be refused for what the credential is; null where it would not.</param>
/// <param name="Warnings">Of a use of no particular operation: what operations would refuse the credential's secret for.</param>
internal sealed record Foresight(DecisionRequest Request, Decision Decision, VaultException? Refusal, IReadOnlyList<string> Warnings)
{
    /// <param name="vault">The vault.</param>
    /// <param name="agent">Who would ask.</param>
    /// <param name="path">On which credential.</param>
    /// <param name="action">What for.</param>
    /// <param name="operation">Which operation, of a use.</param>
    /// <param name="method">Of a request that would go out. Default: GET.</param>
    /// <param name="url">Where it would go. What address the host has is not looked up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">There is no such operation, or no request to such a URL.</exception>
    public static async Task<Foresight> OfAsync(
        UnsealedVault vault, AgentName agent, CredentialPath path, PolicyActions action, string? operation, string? method, string? url, CancellationToken cancellationToken)
    {
        if (operation is not null && !OperationNames.IsKnown(operation))
        {
            throw Errors.UnknownOperation();
        }

        var discloses = operation is not null && OperationCatalog.Default.TryFind(operation, out var known) && known.Description.Discloses;
        var actions = discloses && action == PolicyActions.Use ? PolicyActions.Use | PolicyActions.Retrieve : action;
        var target = url is null ? null : RequestTarget.Parse(method ?? "GET", url);
        var request = new DecisionRequest(agent, actions, path, operation, vault.Moment, target);
        var decision = vault.Policies.Decide(request, vault.Counters);
        var (refusal, warnings) = decision.Allowed && action == PolicyActions.Use && vault.Credentials.TryFind(path, out var credential)
            ? await UseOfAsync(vault, credential, operation, target, cancellationToken).ConfigureAwait(false)
            : (null, []);
        return new Foresight(request, decision, refusal, warnings);
    }

    private static async Task<(VaultException? Refusal, IReadOnlyList<string> Warnings)> UseOfAsync(
        UnsealedVault vault, CredentialInfo credential, string? operation, RequestTarget? target, CancellationToken cancellationToken)
    {
        if (target is not null && Binding.Refusal(credential, target.Method, target.Url) is { } unbound)
        {
            return (unbound, []);
        }

        if (target is not null && !Binding.IsAllowedOrigin(credential, target.Url.Origin) && PublicAddress.IsNever(target.Url.Origin.Host))
        {
            return (Errors.NotPublic(target.Url.Origin), []);
        }

        try
        {
            using var secret = await vault.OpenSecretAsync(credential, cancellationToken).ConfigureAwait(false);
            return operation is null ? (null, CredentialReadiness.Warnings(credential, secret.Span)) : (CredentialReadiness.Refusal(operation, credential, secret), []);
        }
        catch (VaultException unreadable)
        {
            return (unreadable, []);
        }
    }
}
