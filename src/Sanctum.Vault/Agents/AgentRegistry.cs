using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Leases;
using Sanctum.Storage;

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
            if (!Ed25519Signatures.IsAcceptable(publicKey.Span))
            {
                throw Errors.InvalidParams("public_key", "that is not an acceptable Ed25519 public key: 32 bytes, canonical, not of low order");
            }

            if (!LineOfText.IsValid(description, MaxDescription))
            {
                throw Errors.InvalidParams("description", $"a description is one line of at most {MaxDescription} characters");
            }

            if (vault.Agents.ContainsKey(name))
            {
                throw Errors.Exists("agent", name.Value);
            }

            var info = new AgentInfo(name, publicKey.ToArray(), description, vault.Now);
            await vault.Journal.CommitAsync(
                OperatorEntry.Of(vault, AuditActions.AgentRegister, name.Value, ("public_key", Convert.ToHexStringLower(publicKey.Span))),
                [new RecordChange(vault.Codec.KeyOf(Collections.Agents, name.Value), AgentRecord.Write(info))],
                () => vault.Agents[name] = new RegisteredAgent(info)).ConfigureAwait(false);
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
            if (!vault.Agents.ContainsKey(name))
            {
                throw Errors.NotFound("agent", name.Value);
            }

            await LeaseEnding.EndWithAsync(
                vault,
                OperatorEntry.Of(vault, AuditActions.AgentRemove, name.Value),
                [new RecordChange(vault.Codec.KeyOf(Collections.Agents, name.Value), null)],
                () =>
                {
                    vault.Agents.TryRemove(name, out _);
                    vault.Sessions.EndAll(name);
                    vault.Egress.Recheck(vault);
                    vault.Approvals.Forget(approval => approval.Agent == name);
                },
                lease => lease.Agent == name).ConfigureAwait(false);
            return true;
        });
}
