using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Door;
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
    /// (<see cref="VaultErrorCode.InvalidParams"/>, which names it); the operator may not let agents have secrets
    /// (<see cref="VaultErrorCode.AccessDenied"/>, see <see cref="Operator.MayDisclose"/>); the vault is sealed.</exception>
    public Task<Policy> AddAsync(Operator by, Policy policy, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            PolicyRules.Validate(policy);
            if (vault.Policies.All.Any(known => known.Name == policy.Name))
            {
                throw Errors.PolicyExists(policy.Name);
            }

            await CommitAsync(vault, by, PolicyPlan.Of(vault.Policies.All, [policy], prune: false), PolicyCommit.None).ConfigureAwait(false);
            return policy;
        });

    /// <summary>
    /// Adds a policy, or replaces the one of the same name in one step. Every call is decided by the old policy or the new one. A call that is running goes on where its grant still
    /// stands under the new policy, and ends otherwise. Leases that nothing grants any more end; others keep their time. Hourly limits stay used up.
    /// </summary>
    /// <exception cref="VaultException">As for <see cref="AddAsync"/>, but for the name.</exception>
    public Task<Policy> SetAsync(Operator by, Policy policy, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            PolicyRules.Validate(policy);
            await CommitAsync(vault, by, PolicyPlan.Of(vault.Policies.All, [policy], prune: false), PolicyCommit.None).ConfigureAwait(false);
            return policy;
        });

    /// <summary>Has the vault's policies be as in a list: all of it in one commit, or nothing. Each is set as <see cref="SetAsync"/> does.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="policies">The policies, each of another name.</param>
    /// <param name="prune">Whether those that are not in the list are removed.</param>
    /// <param name="cancellationToken">Gives up waiting for another change.</param>
    /// <returns>What changed.</returns>
    /// <exception cref="VaultException">A policy is malformed or repeated (<see cref="VaultErrorCode.InvalidParams"/>, which says which); as for
    /// <see cref="AddAsync"/> otherwise.</exception>
    public Task<PolicyChanges> ApplyAsync(Operator by, IReadOnlyList<Policy> policies, bool prune = false, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            RequireValid(policies);
            var changes = PolicyPlan.Of(vault.Policies.All, policies, prune);
            await CommitAsync(vault, by, changes, PolicyCommit.None).ConfigureAwait(false);
            return changes;
        });

    /// <summary>What <see cref="ApplyAsync"/> would change. Changes nothing.</summary>
    /// <inheritdoc cref="ApplyAsync" path="/param"/>
    /// <inheritdoc cref="ApplyAsync" path="/exception"/>
    public Task<PolicyChanges> CompareAsync(Operator by, IReadOnlyList<Policy> policies, bool prune = false, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            RequireValid(policies);
            return Task.FromResult(PolicyPlan.Of(vault.Policies.All, policies, prune));
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
            var policy = vault.Policies.All.FirstOrDefault(policy => policy.Name == name) ?? throw Errors.NotFound("policy", name);
            await CommitAsync(vault, by, new PolicyChanges([], [], [policy], []), PolicyCommit.None).ConfigureAwait(false);
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
            var seen = await Foresight.OfAsync(vault, agent, path, action, operation, method, url, cancellationToken).ConfigureAwait(false);
            var decision = seen.Decision;
            string[] policies = [.. decision.Policies.Select(policy => policy.Name)];
            return seen.Refusal is { } refusal
                ? new Simulation(false, refusal.Code, $"{decision.Reason}, but {refusal.Message}", policies, null)
                : new Simulation(
                    decision.Allowed, decision.Code, decision.Reason, policies, decision.Allowed && decision.Actions.HasFlag(PolicyActions.Retrieve) ? decision.MaxTtl : null)
                {
                    Warnings = seen.Warnings,
                };
        });

    /// <summary>Decides on a call of a tool, without recording anything.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="agent">Who would call it.</param>
    /// <param name="resource">The tool, as policies spell it: <c>tool:SERVER/TOOL</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">It names no tool; invalid params.</exception>
    public Task<Simulation> SimulateCallAsync(Operator by, AgentName agent, string resource, CancellationToken cancellationToken = default) => _vault.InsideAsync(by, vault =>
    {
        ArgumentNullException.ThrowIfNull(resource);
        cancellationToken.ThrowIfCancellationRequested();
        var parts = ToolPattern.IsTool(resource) ? resource[ToolName.Prefix.Length..].Split('/', 2) : [];
        return Task.FromResult(ToolCalls.Simulate(vault, agent, parts is [var server, var tool] ? ToolName.Parse(server, tool) : throw Errors.InvalidParams("resource", "a tool is tool:SERVER/TOOL")));
    });

    /// <summary>Decides on a connection to a host as the proxy would, without counting or recording anything.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="agent">Who would connect.</param>
    /// <param name="resource">Where to, as policies spell it: <c>host:NAME</c> or <c>host:NAME:PORT</c>. Without a port it is 443.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">It names no host; invalid params.</exception>
    public Task<Simulation> SimulateConnectAsync(Operator by, AgentName agent, string resource, CancellationToken cancellationToken = default) => _vault.InsideAsync(by, vault =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        return HostPattern.TryParseOne(resource, out var host, out var port)
            ? Task.FromResult(Routing.Simulate(vault, agent, host, port))
            : throw Errors.InvalidParams("resource", "for 'connect', the resource is host:NAME or host:NAME:PORT, of one host");
    });

    private static void RequireValid(IReadOnlyList<Policy> policies)
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        foreach (var (index, policy) in policies.Index())
        {
            try
            {
                PolicyRules.Validate(policy);
            }
            catch (VaultException invalid)
            {
                throw Errors.InPolicy(index, policy.Name, invalid);
            }

            if (!places.TryAdd(policy.Name, index))
            {
                throw Errors.RepeatedPolicy(places[policy.Name], index);
            }
        }
    }

    /// <summary>Changes policies in one transaction: whoever is decided on sees all of it or nothing.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="by">Who changes them; null where it is the vault, which removes those that have expired.</param>
    /// <param name="changes">What changes.</param>
    /// <param name="along">What is written with it.</param>
    internal static Task CommitAsync(UnsealedVault vault, Operator? by, PolicyChanges changes, PolicyCommit along)
    {
        Policy[] put = [.. changes.Added, .. changes.Changed.Select(change => change.After)];
        RequireMayDisclose(by, put);
        if (Array.Find(put, policy => policy.ExpiresAt <= vault.Clock.Now) is { } over)
        {
            throw Errors.PolicyOver(over.Name);
        }

        if (changes.IsEmpty)
        {
            return Task.CompletedTask;
        }

        var removed = changes.Removed.Select(policy => policy.Name).ToHashSet(StringComparer.Ordinal);
        var before = vault.Policies;
        var after = before.After(put, removed);
        return LeaseEnding.EndWithAsync(
            vault,
            [
                .. changes.Added.Select(policy => Entry(vault, AuditActions.PolicyAdd, policy)),
                .. changes.Changed.Select(change => Entry(vault, AuditActions.PolicySet, change.After)),
                .. removed.Select(name => by is null
                    ? OperatorEntry.Of(vault, AuditActions.PolicyExpire, name) with { Actor = Actors.Vault }
                    : OperatorEntry.Of(vault, AuditActions.PolicyRemove, name)),
                .. along.Entries,
            ],
            [
                .. put.Select(policy => new RecordChange(KeyOf(vault, policy.Name), RecordJson.Write(policy, RecordJson.Default.Policy), policy)),
                .. removed.Select(name => new RecordChange(KeyOf(vault, name))),
                .. along.Changes,
            ],
            lease => !after.MightGrant(lease.Agent, LeaseEnding.ActionOf(lease), lease.Path),
            () => ReferenceEquals(vault.Policies, before) && along.Check(),
            by is null ? Actors.Vault : Actors.Operator);
    }

    // A policy that grants it already is another grant as soon as anything of it changes: a condition less gives more secrets.
    private static void RequireMayDisclose(Operator? by, Policy[] put)
    {
        if (by is { MayDisclose: false } && Array.Find(put, policy => policy.Enabled && policy.Actions.HasFlag(PolicyActions.Retrieve)) is { } disclosing)
        {
            throw Errors.DisclosureDenied($"policy '{disclosing.Name}' lets agents retrieve secrets");
        }
    }

    private static AuditEntry Entry(UnsealedVault vault, string action, Policy policy) => OperatorEntry.Of(
        vault, action, policy.Name, ("principal", policy.Principal), ("resources", string.Join(',', policy.Resources)), ("actions", ActionNames.Of(policy.Actions)));

    private static RecordKey KeyOf(UnsealedVault vault, string name) => vault.Codec.KeyOf(Collections.Policies, name);
}
