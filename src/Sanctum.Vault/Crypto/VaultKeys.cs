using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Crypto;

/// <summary>
/// The root key's children: HKDF-SHA256 (RFC 5869) with the vault's id as salt and a label per purpose. One key, one purpose.
/// Exists only while the vault is unsealed.
/// </summary>
internal sealed class VaultKeys : IDisposable
{
    public VaultKeys(SecretBytes root, Guid vaultId)
    {
        VaultId = vaultId.ToByteArray(bigEndian: true);
        Records = new Envelope(Derive(root, "records"));
        DataKeys = new KeyWrap(Derive(root, "data-keys"));
        AuditLog = new Envelope(Derive(root, "audit-log"));
        AuditChain = new MacKey(Derive(root, "audit-chain"));
        Index = new MacKey(Derive(root, "index"));
        RecordSet = new MacKey(Derive(root, "record-set"));
        KeyDocument = new MacKey(Derive(root, "key-document"));
    }

    public byte[] VaultId { get; }

    /// <summary>Encrypts records other than secrets.</summary>
    public Envelope Records { get; }

    /// <summary>Wraps the key that each version of a credential has of its own.</summary>
    public KeyWrap DataKeys { get; }

    /// <summary>Encrypts segments of the audit log.</summary>
    public Envelope AuditLog { get; }

    /// <summary>Chains audit entries.</summary>
    public MacKey AuditChain { get; }

    /// <summary>Hashes names into record keys.</summary>
    public MacKey Index { get; }

    /// <summary>Sums up which records there are.</summary>
    public MacKey RecordSet { get; }

    /// <summary>Authenticates the key document.</summary>
    public MacKey KeyDocument { get; }

    public void Dispose()
    {
        Records.Dispose();
        DataKeys.Dispose();
        AuditLog.Dispose();
        AuditChain.Dispose();
        Index.Dispose();
        RecordSet.Dispose();
        KeyDocument.Dispose();
    }

    private SecretBytes Derive(SecretBytes root, string purpose)
    {
        var key = new SecretBytes(32);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, root.Span, key.Writable, VaultId, Encoding.ASCII.GetBytes("sanctum/v1/" + purpose));
        return key;
    }
}
