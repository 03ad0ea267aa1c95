using Sanctum.Sealing;

namespace Sanctum;

/// <summary>
/// The human who holds the passphrase. Only <see cref="Vault.UnsealAsync"/> makes one, so whoever has it has proved the passphrase;
/// it is worth nothing any more once the vault has been sealed.
/// </summary>
public sealed class Operator
{
    internal Operator(UnsealedVault unsealed) => Unsealed = unsealed;

    /// <summary>Why the login could not be recorded; null when it was. An operator whose login is not on the record can seal the vault and nothing else.</summary>
    public VaultException? Unrecorded { get; internal init; }

    /// <summary>
    /// What unsealing found damaged of the audit log's end, a sentence each. The vault is served all the same, and hourly limits count as spent for an hour, because
    /// what was used before is not known.
    /// </summary>
    public IReadOnlyList<string> Damage => Unsealed.Damage;

    /// <summary>
    /// Whether they may let secrets out of the vault: grant <c>retrieve</c>, or give a key to an agent that may retrieve. Whoever proved the passphrase may.
    /// </summary>
    public bool MayDisclose { get; private init; } = true;

    internal UnsealedVault Unsealed { get; }

    /// <summary>The same operator, who may do what they could before, except give secrets to agents: see <see cref="MayDisclose"/>.</summary>
    public Operator WithoutDisclosure() => new(Unsealed) { Unrecorded = Unrecorded, MayDisclose = false };
}
