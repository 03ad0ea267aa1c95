using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Crypto;

namespace Sanctum.Sealing;

/// <summary>
/// The document that a vault is opened with: the root key, wrapped under a key that Argon2id makes of the passphrase and, from version 2 on, under the key of
/// each seal provider. Every wrapping authenticates what belongs to it; in version 2, a MAC under a child of the root key authenticates the whole.
/// </summary>
/// <remarks>
/// <code>
/// { "format": "sanctum-vault", "version": 1 or 2, "vault_id": "…uuid…",
///   "kdf": { "algorithm": "argon2id", "memory_kib": 65536, "iterations": 3, "salt": "…32 hex…" },
///   "wrapped_root_key": "…hex of nonce (24) | ciphertext (32) | tag (16)…",
///   "providers": [ … see SealEntry … ],                        version 2
///   "mac": "…64 hex…" }                                        version 2
/// </code>
/// </remarks>
internal sealed record KeyDocument(string Format, int Version, Guid VaultId, KeyDocumentKdf Kdf, string WrappedRootKey)
{
    /// <summary>The most providers. Each is given its time when a vault is opened.</summary>
    public const int MaxProviders = 8;

    private const string FormatName = "sanctum-vault";
    private const int WithoutProviders = 1;
    private const int WithProviders = 2;

    // Programs that know version 1 alone look no further, and so would call a larger one damaged and not of a later version.
    private const int MaxSize = 4096;
    private const int RootKeySize = 32;

    /// <summary>The wrappings beside the passphrase's, in the order in which they are tried; null in version 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SealEntry>? Providers { get; init; }

    /// <summary>HMAC-SHA256 of the document without this, under the vault's key for that; null in version 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mac { get; init; }

    /// <summary>What a vault's records know it by.</summary>
    [JsonIgnore]
    public byte[] Digest => SHA256.HashData(ToUtf8());

    /// <summary>Wraps a root key under a passphrase, with a fresh salt.</summary>
    public static KeyDocument Make(Guid vaultId, SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost) =>
        Make(WithoutProviders, vaultId, root, passphrase, cost);

    /// <summary>The same with another passphrase; the providers stay.</summary>
    public KeyDocument WithPassphrase(SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost, MacKey macKey)
    {
        var made = Make(Version, VaultId, root, passphrase, cost);
        return Version == WithoutProviders ? made : (made with { Providers = Providers }).Authenticated(macKey);
    }

    /// <summary>The same with other providers, in version 2. The passphrase's wrapping has to be of that version: see <see cref="WithPassphrase"/> and <see cref="Upgraded"/>.</summary>
    /// <exception cref="VaultException">It would be too large.</exception>
    public KeyDocument With(IReadOnlyList<SealEntry> providers, MacKey macKey)
    {
        var made = (this with { Providers = providers }).Authenticated(macKey);
        return made.ToUtf8().Length <= MaxSize && providers.Count <= MaxProviders ? made : throw Errors.NoRoomForProvider();
    }

    /// <summary>This one in version 2, with no providers yet.</summary>
    public KeyDocument Upgraded(SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost, MacKey macKey) => Version == WithProviders
        ? this
        : (Make(WithProviders, VaultId, root, passphrase, cost) with { Providers = [] }).Authenticated(macKey);

    /// <summary>Whether both open with the same passphrase, as far as that can be told without one: the wrapping is the same.</summary>
    public bool HasPassphraseOf(KeyDocument other) => (Version, VaultId, Kdf, WrappedRootKey) == (other.Version, other.VaultId, other.Kdf, other.WrappedRootKey);

    /// <summary>Whether nobody but this vault has written it. Version 1 has nothing that its wrapping does not authenticate.</summary>
    public bool IsGenuine(MacKey macKey) => Version == WithoutProviders
        || CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Mac!), Encoding.ASCII.GetBytes(Authenticated(macKey).Mac!));

    /// <summary>Reads a document, and checks all that can be checked without a key.</summary>
    public static KeyDocument Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxSize)
        {
            throw Errors.KeyDocumentDamaged();
        }

        try
        {
            // The version first: what a later one looks like is not ours to judge.
            var version = JsonSerializer.Deserialize(utf8, KeyDocumentJson.Lenient.KeyDocumentVersion);
            if (version is { Format: FormatName, Version: > WithProviders })
            {
                throw Errors.NewerVersion(version.Version, WithProviders);
            }

            // Byte for byte as it was written: an escape, a capital or a space more is somebody else's hand.
            var document = JsonSerializer.Deserialize(utf8, KeyDocumentJson.Default.KeyDocument);
            return document is not null && document.IsSound() && utf8.SequenceEqual(document.ToUtf8()) ? document : throw Errors.KeyDocumentDamaged();
        }
        catch (JsonException malformed)
        {
            throw Errors.KeyDocumentDamaged(malformed);
        }
    }

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, KeyDocumentJson.Default.KeyDocument);

    /// <summary>Unwraps the root key; null when the passphrase is not the one, or what belongs to it was changed.</summary>
    public SecretBytes? TryOpen(ReadOnlySpan<byte> passphrase)
    {
        if (passphrase.Length > PassphraseRule.MaximumBytes)
        {
            return null; // None that long was ever set.
        }

        using var envelope = new Envelope(Crypto.Kdf.Derive(passphrase, Convert.FromHexString(Kdf.Salt), Kdf.Cost));
        var root = new SecretBytes(RootKeySize);
        if (envelope.TryDecrypt(Convert.FromHexString(WrappedRootKey), Associated(), root.Writable))
        {
            return root;
        }

        root.Dispose();
        return null;
    }

    internal static bool IsHex(string text, int bytes) => text.Length == bytes * 2 && text.All(char.IsAsciiHexDigitLower);

    private static KeyDocument Make(int version, Guid vaultId, SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost)
    {
        var salt = RandomNumberGenerator.GetBytes(Crypto.Kdf.SaltSize);
        var document = new KeyDocument(
            FormatName, version, vaultId, new KeyDocumentKdf("argon2id", cost.MemoryKiB, cost.Iterations, Convert.ToHexStringLower(salt)), "");
        using var envelope = new Envelope(Crypto.Kdf.Derive(passphrase, salt, cost));
        return document with { WrappedRootKey = Convert.ToHexStringLower(envelope.Encrypt(root.Span, document.Associated())) };
    }

    private KeyDocument Authenticated(MacKey macKey)
    {
        Span<byte> mac = stackalloc byte[MacKey.Size];
        macKey.Compute((this with { Mac = null }).ToUtf8(), [], mac);
        return this with { Mac = Convert.ToHexStringLower(mac) };
    }

    private bool IsSound() =>
        Format == FormatName && Kdf.Algorithm == "argon2id" && Kdf.Cost.AreAcceptable
        && IsHex(Kdf.Salt, Crypto.Kdf.SaltSize) && IsHex(WrappedRootKey, RootKeySize + Envelope.Overhead)
        && (Version switch
        {
            WithoutProviders => Providers is null && Mac is null,
            WithProviders => Mac is not null && IsHex(Mac, MacKey.Size) && Providers is { Count: <= MaxProviders } providers
                && providers.All(entry => entry is not null && entry.IsSound()) && providers.DistinctBy(entry => entry.Name).Count() == providers.Count,
            _ => false,
        });

    private byte[] Associated() =>
        Encoding.UTF8.GetBytes($"{Format}|{Version}|{VaultId:D}|{Kdf.Algorithm}|{Kdf.MemoryKib}|{Kdf.Iterations}|{Kdf.Salt}");
}

internal sealed record KeyDocumentKdf(string Algorithm, int MemoryKib, int Iterations, string Salt)
{
    [JsonIgnore]
    public KdfParameters Cost => new(MemoryKib, Iterations);
}

internal sealed record KeyDocumentVersion(string Format, int Version);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(KeyDocument))]
[JsonSerializable(typeof(KeyDocumentVersion))]
internal sealed partial class KeyDocumentJson : JsonSerializerContext
{
    public static KeyDocumentJson Lenient { get; } =
        new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
}
