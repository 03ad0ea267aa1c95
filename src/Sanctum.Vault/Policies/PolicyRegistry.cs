using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Policies;

/// <summary>The operator's hand on policies.</summary>
public sealed class PolicyRegistry
{
    private readonly Vault _vault;

    internal PolicyRegistry(Vault vault) => _vault = vault;

    /// <summary>Adds a policy; it holds for the next call of every open session.</summary>
    /// <exception cref="VaultException">The name is taken (<see cref="VaultErrorCode.Conflict"/>); a member is malformed
    /// (<see cref="VaultErrorCode.InvalidParams"/>, which names it); the vault is sealed.</exception>
    public Task<Policy> AddAsync(Operator by, Policy policy, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            PolicyRules.Validate(policy);
            if (vault.Policies.All.Any(known => known.Name == policy.Name))
            {
                throw Errors.Exists("policy", policy.Name);
            }

            await vault.Journal.CommitAsync(
                OperatorEntry.Of(
                    vault,
                    AuditActions.PolicyAdd,
                    policy.Name,
                    ("principal", policy.Principal),
                    ("resources", string.Join(',', policy.Resources)),
                    ("actions", ActionNames.Of(policy.Actions))),
                [new RecordChange(KeyOf(vault, policy.Name), RecordJson.Write(policy, RecordJson.Default.Policy))],
                () => vault.Policies = new PolicySet([.. vault.Policies.All, policy])).ConfigureAwait(false);
            return policy;
        });

    /// <summary>All policies, in order of name.</summary>
    public Task<IReadOnlyList<Policy>> ListAsync(Operator by, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<Policy> all = [.. vault.Policies.All.OrderBy(policy => policy.Name, StringComparer.Ordinal)];
            return Task.FromResult(all);
        });

    /// <summary>Removes a policy; what only it granted is over at once, leases included.</summary>
    /// <exception cref="VaultException">There is none (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task RemoveAsync(Operator by, string name, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            if (vault.Policies.All.All(policy => policy.Name != name))
            {
                throw Errors.NotFound("policy", name);
            }

            var remaining = new PolicySet(vault.Policies.All.Where(policy => policy.Name != name));
            await LeaseEnding.EndWithAsync(
                vault,
                OperatorEntry.Of(vault, AuditActions.PolicyRemove, name),
                [new RecordChange(KeyOf(vault, name), null)],
                () =>
                {
                    vault.Policies = remaining;
                    vault.Counters.Forget(name);
                },
                lease => !remaining.MightGrant(lease.Agent, PolicyActions.Retrieve, lease.Path)).ConfigureAwait(false);
            return true;
        });

    /// <summary>
    /// What would be decided now, and why: by policies, and of what they would allow by the credential's binding and by whether its secret is one that the operation takes.
    /// Counts nothing, asks nobody and sends nothing.
    /// </summary>
    /// <param name="by">The operator.</param>
    /// <param name="agent">Who would ask.</param>
    /// <param name="path">On which credential.</param>
    /// <param name="action">What for.</param>
    /// <param name="operation">Which operation, of a use.</param>
    /// <param name="method">Of a request that would go out. Default: GET.</param>
    /// <param name="url">Where it would go; then the credential's binding is asked as well. What address the host has is not looked up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<Simulation> SimulateAsync(
        Operator by,
        AgentName agent,
        CredentialPath path,
        PolicyActions action,
        string? operation = null,
        string? method = null,
        string? url = null,
        CancellationToken cancellationToken = default) => _vault.InsideAsync(by, async vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (operation is not null && !OperationNames.IsKnown(operation))
            {
                throw Errors.UnknownOperation();
            }

            var discloses = operation is not null && OperationCatalog.Default.TryFind(operation, out var known) && known.Discloses;
            var actions = discloses && action == PolicyActions.Use ? PolicyActions.Use | PolicyActions.Retrieve : action;
            var target = url is null ? null : RequestTarget.Parse(method ?? "GET", url);
            var decision = vault.Policies.Decide(
                new DecisionRequest(agent, actions, path, operation, vault.Options.TimeProvider.GetLocalNow(), target) { CountedAt = vault.Clock.Now },
                vault.Counters);
            string[] policies = [.. decision.Policies.Select(policy => policy.Name)];
            var (refusal, warnings) = decision.Allowed && action == PolicyActions.Use && vault.Credentials.TryFind(path, out var credential)
                ? await UseOfAsync(vault, credential, operation, target, cancellationToken).ConfigureAwait(false)
                : (null, []);
            return refusal is not null
                ? new Simulation(false, refusal.Code, $"{decision.Reason}, but {refusal.Message}", policies, null)
                : new Simulation(
                    decision.Allowed, decision.Code, decision.Reason, policies, decision.Allowed && actions.HasFlag(PolicyActions.Retrieve) ? decision.MaxTtl : null)
                {
                    Warnings = warnings,
                };
        });

    // What policies allow can still be refused for what the credential is.
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

    private static RecordKey KeyOf(UnsealedVault vault, string name) => vault.Codec.KeyOf(Collections.Policies, name);
}
