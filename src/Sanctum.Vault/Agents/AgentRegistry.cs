using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Leases;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Text;

namespace Sanctum.Agents;

/// <summary>The operator's hand on agents.</summary>
public sealed class AgentRegistry
{
    private const int MaxDescription = 1024;
    private readonly Vault _vault;

    internal AgentRegistry(Vault vault) => _vault = vault;

    /// <summary>Registers an agent under its public key.</summary>
    /// <param name="publicKey">32 bytes, Ed25519: canonical and of the prime-order subgroup.</param>
    /// <exception cref="VaultException">The name is taken (<see cref="VaultErrorCode.Conflict"/>); the key is not acceptable
    /// (<see cref="VaultErrorCode.InvalidParams"/>); the vault is sealed.</exception>
    public Task<AgentInfo> RegisterAsync(
        Operator by, AgentName name, ReadOnlyMemory<byte> publicKey, string description = "", CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            RequireAcceptable(publicKey);
            if (!LineOfText.IsValid(description, MaxDescription))
            {
                throw Errors.InvalidParams("description", $"a description is one line of at most {MaxDescription} characters");
            }

            if (vault.Agents.ContainsKey(name))
            {
                throw Errors.AgentExists(name.Value);
            }

            RequireMayGiveKey(by, vault, name);

            var info = new AgentInfo(name, publicKey.ToArray(), description, vault.Now);
            await vault.Journal.CommitAsync(
                OperatorEntry.Of(vault, AuditActions.AgentRegister, name.Value, ("public_key", Convert.ToHexStringLower(publicKey.Span))),
                [AgentRecord.Change(info, vault.Codec)],
                check: () => IsStill(vault, name, null) ? null : new ChangedMeanwhileException()).ConfigureAwait(false);
            return info;
        });

    /// <summary>All agents, in order of name.</summary>
    public Task<IReadOnlyList<AgentInfo>> ListAsync(Operator by, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<AgentInfo> all =
                [.. vault.Agents.Values.Select(agent => agent.Info).OrderBy(agent => agent.Name.Value, StringComparer.Ordinal)];
            return Task.FromResult(all);
        });

    /// <summary>Removes an agent: it can't sign in any more, and its open sessions and leases end at once.</summary>
    /// <exception cref="VaultException">There is none (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task RemoveAsync(Operator by, AgentName name, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            await EndAsync(vault, Require(vault, name), OperatorEntry.Of(vault, AuditActions.AgentRemove, name.Value), null).ConfigureAwait(false);
            return true;
        });

    /// <summary>
    /// Gives an agent another key. The old one is worth nothing any more, and what was done with it is over at once: sessions, running calls, leases and approvals.
    /// Its policies stay, and so do the hourly limits that it has used up.
    /// </summary>
    /// <param name="publicKey">As for <see cref="RegisterAsync"/>; not the one that it has.</param>
    /// <exception cref="VaultException">There is no such agent (<see cref="VaultErrorCode.NotFound"/>); the key is not acceptable, or is the one that it has
    /// (<see cref="VaultErrorCode.InvalidParams"/>); the vault is sealed.</exception>
    public Task<AgentInfo> RotateKeyAsync(Operator by, AgentName name, ReadOnlyMemory<byte> publicKey, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, async vault =>
        {
            RequireAcceptable(publicKey);
            var before = Require(vault, name);
            if (before.PublicKey.Span.SequenceEqual(publicKey.Span))
            {
                throw Errors.InvalidParams("public_key", "the agent already has this key; give it another one");
            }

            RequireMayGiveKey(by, vault, name);
            return await ReplaceAsync(
                vault, before, before with { PublicKey = publicKey.ToArray() }, AuditActions.AgentRotate, ("public_key", Convert.ToHexStringLower(publicKey.Span))).ConfigureAwait(false);
        });

    /// <summary>
    /// Keeps an agent out until it is enabled: sign-in is refused in the same words as for an agent that is not registered. Its sessions, running calls, leases and approvals
    /// end at once; its key and its policies stay.
    /// </summary>
    /// <returns>The agent. One that is disabled already stays so, and nothing is recorded.</returns>
    /// <exception cref="VaultException">There is no such agent (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task<AgentInfo> DisableAsync(Operator by, AgentName name, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, vault => Require(vault, name) is { Disabled: false } enabled
            ? ReplaceAsync(vault, enabled, enabled with { Disabled = true }, AuditActions.AgentDisable)
            : Task.FromResult(Require(vault, name)));

    /// <summary>Lets an agent sign in again, with the key that it has.</summary>
    /// <returns>The agent. One that is enabled already stays so, and nothing is recorded.</returns>
    /// <exception cref="VaultException">There is no such agent (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task<AgentInfo> EnableAsync(Operator by, AgentName name, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, vault => Require(vault, name) is { Disabled: true } disabled
            ? ReplaceAsync(vault, disabled, disabled with { Disabled = false }, AuditActions.AgentEnable)
            : Task.FromResult(Require(vault, name)));

    /// <summary>
    /// Quarantines an agent: its sessions, running calls, leases and approvals end at once, and whatever it asks for is refused as
    /// <see cref="VaultErrorCode.Quarantined"/> until it is let go. Its key and its policies stay.
    /// </summary>
    /// <param name="by">The operator.</param>
    /// <param name="name">The agent.</param>
    /// <param name="reason">Why, one line, for operators; the agent is not told.</param>
    /// <param name="cancellationToken">Gives up waiting for another change.</param>
    /// <returns>The agent. One that is quarantined already stays so, and nothing is recorded.</returns>
    /// <exception cref="VaultException">There is no such agent (<see cref="VaultErrorCode.NotFound"/>); the reason is no line; the vault is sealed.</exception>
    public Task<AgentInfo> FreezeAsync(Operator by, AgentName name, string reason = "", CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, vault => !LineOfText.IsValid(reason, MaxDescription)
            ? throw Errors.InvalidParams("reason", $"a reason is one line of at most {MaxDescription} characters")
            : FreezeAsync(vault, Require(vault, name), Actors.Operator, reason));

    /// <summary>Lets an agent out of its quarantine: it can sign in again, with the key that it has.</summary>
    /// <returns>The agent. One that is not quarantined stays so, and nothing is recorded.</returns>
    /// <exception cref="VaultException">There is no such agent (<see cref="VaultErrorCode.NotFound"/>); the vault is sealed.</exception>
    public Task<AgentInfo> UnfreezeAsync(Operator by, AgentName name, CancellationToken cancellationToken = default) =>
        _vault.ChangeAsync(by, cancellationToken, vault => Require(vault, name) is { Frozen: not null } frozen
            ? ReplaceAsync(vault, frozen, frozen with { Frozen = null }, AuditActions.AgentUnfreeze)
            : Task.FromResult(Require(vault, name)));

    /// <summary>Quarantines an agent that is registered and not quarantined yet. One change of agents at a time.</summary>
    internal static async Task<AgentInfo> FreezeAsync(UnsealedVault vault, AgentInfo agent, string by, string reason)
    {
        if (agent.Frozen is not null)
        {
            return agent;
        }

        var frozen = agent with { Frozen = new AgentFreeze(vault.Now, by, reason) };
        var entry = OperatorEntry.Of(vault, AuditActions.AgentFreeze, agent.Name.Value, ("reason", reason)) with { Actor = by };
        await EndAsync(vault, agent, entry, frozen, by).ConfigureAwait(false);
        return frozen;
    }

    private static AgentInfo Require(UnsealedVault vault, AgentName name) =>
        vault.Agents.TryGetValue(name, out var agent) ? agent.Info : throw Errors.NotFound("agent", name.Value);

    private static void RequireAcceptable(ReadOnlyMemory<byte> publicKey)
    {
        if (!Ed25519Signatures.IsAcceptable(publicKey.Span))
        {
            throw Errors.InvalidParams("public_key", "this is not a valid Ed25519 public key: 32 bytes, canonical, not of low order");
        }
    }

    // Whoever chooses the key of an agent that may retrieve has what it may retrieve.
    private static void RequireMayGiveKey(Operator by, UnsealedVault vault, AgentName name)
    {
        if (!by.MayDisclose && vault.Policies.MightDiscloseTo(name))
        {
            throw Errors.DisclosureDenied("a policy lets this agent retrieve secrets, so its key gives them out");
        }
    }

    private static async Task<AgentInfo> ReplaceAsync(UnsealedVault vault, AgentInfo before, AgentInfo agent, string action, params (string Name, string Value)[] details)
    {
        await EndAsync(vault, before, OperatorEntry.Of(vault, action, agent.Name.Value, details), agent).ConfigureAwait(false);
        return agent;
    }

    // All that was done in the agent's name so far ends in the same transaction; a sign-in that is under way finds another agent than it began with.
    private static Task EndAsync(UnsealedVault vault, AgentInfo before, AuditEntry entry, AgentInfo? after, string by = Actors.Operator)
    {
        var proposals = vault.Proposals.RemovalsOf(before.Name, vault.Codec);
        return LeaseEnding.EndWithAsync(
            vault,
            [entry],
            [after is null ? new RecordChange(AgentRecord.KeyOf(before.Name, vault.Codec)) : AgentRecord.Change(after, vault.Codec), .. proposals],
            lease => lease.Agent == before.Name,
            () => IsStill(vault, before.Name, before) && vault.Proposals.RemovalsOf(before.Name, vault.Codec).SequenceEqual(proposals),
            by);
    }

    private static bool IsStill(UnsealedVault vault, AgentName name, AgentInfo? seen) => ReferenceEquals(vault.Agents.TryGetValue(name, out var now) ? now.Info : null, seen);
}
