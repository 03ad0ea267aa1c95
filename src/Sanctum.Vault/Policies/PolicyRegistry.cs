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

    /// <summary>What would be decided now, and why. Counts nothing, asks nobody and sends nothing.</summary>
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
        CancellationToken cancellationToken = default) => _vault.InsideAsync(by, vault =>
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
            if (decision.Allowed && target is not null && vault.Credentials.TryFind(path, out var credential)
                && Binding.Refusal(credential, target.Method, target.Url) is { } refusal)
            {
                return Task.FromResult(new Simulation(false, refusal.Code, $"{decision.Reason}, but {refusal.Message}", [.. decision.Policies.Select(policy => policy.Name)], null));
            }

            return Task.FromResult(new Simulation(
                decision.Allowed,
                decision.Code,
                decision.Reason,
                [.. decision.Policies.Select(policy => policy.Name)],
                decision.Allowed && actions.HasFlag(PolicyActions.Retrieve) ? decision.MaxTtl : null));
        });

    private static RecordKey KeyOf(UnsealedVault vault, string name) => vault.Codec.KeyOf(Collections.Policies, name);
}
