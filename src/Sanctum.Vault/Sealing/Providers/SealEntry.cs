using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Sanctum.Crypto;

namespace Sanctum.Sealing;

/// <summary>
/// One provider's wrapping in the key document: the root key under a key that only the provider gives out. The wrapping is bound to the vault and to all
/// that stands here. It opens nothing in another vault, under another name or with another provider.
/// </summary>
/// <remarks>
/// <code>
/// { "name": "kms", "type": "aws-kms", "settings": "/etc/sanctum/kms.json", "data": "…as the provider gave it…",
///   "wrapped_root_key": "…hex of nonce (24) | ciphertext (32) | tag (16)…" }
/// key = HKDF-SHA256(the provider's 32 bytes, salt: vault id 16, info: "sanctum/v1/seal") -> 32 bytes
/// ad  = "sanctum-seal|2|" vault id "|" name "|" type "|" length of settings "|" settings "|" data
/// </code>
/// </remarks>
internal sealed record SealEntry(string Name, string Type, string Settings, string Data, string WrappedRootKey)
{
    public const int KeySize = 32;
    public const int MaxSettings = 200;
    private const int MaxData = 2048;

    /// <summary>Where its key is.</summary>
    public SealPlace PlaceIn(Guid vaultId) => new(vaultId, Name, Settings);

    [JsonIgnore]
    public SealProviderInfo Info => new(Name, Type, Settings);

    /// <summary>Wraps a root key under a provider's key.</summary>
    public static SealEntry Make(SealPlace place, string type, string data, SecretBytes providerKey, SecretBytes root)
    {
        var entry = new SealEntry(place.Name, type, place.Settings, data, "");
        using var envelope = new Envelope(Derive(place.VaultId, providerKey));
        return entry with { WrappedRootKey = Convert.ToHexStringLower(envelope.Encrypt(root.Span, entry.Associated(place.VaultId))) };
    }

    /// <summary>Unwraps the root key; null when it is another key, or this is not as it was made.</summary>
    public SecretBytes? TryOpen(Guid vaultId, SecretBytes providerKey)
    {
        using var envelope = new Envelope(Derive(vaultId, providerKey));
        var root = new SecretBytes(KeySize);
        if (envelope.TryDecrypt(Convert.FromHexString(WrappedRootKey), Associated(vaultId), root.Writable))
        {
            return root;
        }

        root.Dispose();
        return null;
    }

    public bool IsSound() =>
        SealProviderName.IsValid(Name) && SealProviderName.IsValid(Type) && IsLine(Settings, MaxSettings) && IsLine(Data, MaxData)
        && KeyDocument.IsHex(WrappedRootKey, KeySize + Envelope.Overhead);

    internal static bool IsLine(string text, int longest) => text.Length <= longest && text.All(it => it is >= ' ' and <= '~');

    private static SecretBytes Derive(Guid vaultId, SecretBytes providerKey)
    {
        var key = new SecretBytes(KeySize);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, providerKey.Span, key.Writable, vaultId.ToByteArray(bigEndian: true), "sanctum/v1/seal"u8);
        return key;
    }

    private byte[] Associated(Guid vaultId) => Encoding.UTF8.GetBytes($"sanctum-seal|2|{vaultId:D}|{Name}|{Type}|{Settings.Length}|{Settings}|{Data}");
}
