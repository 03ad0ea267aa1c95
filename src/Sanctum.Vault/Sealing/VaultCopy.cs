using Sanctum.Audit;

namespace Sanctum.Sealing;

/// <summary>A vault that was copied to another store, whole and verified. Without its key document the copy is no vault yet.</summary>
public sealed class VaultCopy
{
    internal VaultCopy(Guid vault, byte[] keyDocument, long commit, AuditVerification copied) => (Vault, KeyDocument, Commit, Copied) = (vault, keyDocument, commit, copied);

    /// <summary>The vault's id.</summary>
    public Guid Vault { get; }

    /// <summary>What makes the copy a vault once it is written there. It holds no secret in the clear.</summary>
    public ReadOnlyMemory<byte> KeyDocument { get; }

    /// <summary>The number of the source's last commit that the copy has; 0 where nobody else can write to the source. See <see cref="Storage.IStoreSnapshot.Commit"/>.</summary>
    public long Commit { get; }

    /// <summary>The copy's log: the source's, and the entry of the move.</summary>
    public AuditVerification Copied { get; }
}
