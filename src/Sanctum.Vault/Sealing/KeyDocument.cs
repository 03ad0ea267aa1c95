using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Crypto;

namespace Sanctum.Sealing;

/// <summary>
/// The document that a passphrase opens a vault with: the root key, wrapped under a key that Argon2id makes of the passphrase.
/// Everything in it is authenticated by the wrapping.
/// </summary>
/// <remarks>
/// <code>
/// { "format": "sanctum-vault", "version": 1, "vault_id": "…uuid…",
///   "kdf": { "algorithm": "argon2id", "memory_kib": 65536, "iterations": 3, "salt": "…32 hex…" },
///   "wrapped_root_key": "…hex of nonce (24) | ciphertext (32) | tag (16)…" }
/// </code>
/// </remarks>
internal sealed record KeyDocument(string Format, int Version, Guid VaultId, KeyDocumentKdf Kdf, string WrappedRootKey)
{
    private const string FormatName = "sanctum-vault";
    private const int CurrentVersion = 1;
    private const int MaxSize = 4096;
    private const int RootKeySize = 32;

    /// <summary>Wraps a root key under a passphrase, with a fresh salt.</summary>
    public static KeyDocument Make(Guid vaultId, SecretBytes root, ReadOnlySpan<byte> passphrase, KdfParameters cost)
    {
        var salt = RandomNumberGenerator.GetBytes(Crypto.Kdf.SaltSize);
        var document = new KeyDocument(
            FormatName, CurrentVersion, vaultId, new KeyDocumentKdf("argon2id", cost.MemoryKiB, cost.Iterations, Convert.ToHexStringLower(salt)), "");
        using var envelope = new Envelope(Crypto.Kdf.Derive(passphrase, salt, cost));
        return document with { WrappedRootKey = Convert.ToHexStringLower(envelope.Encrypt(root.Span, document.Associated())) };
    }

    /// <summary>Reads a document, and checks all that can be checked without the passphrase.</summary>
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
            if (version is { Format: FormatName, Version: > CurrentVersion })
            {
                throw Errors.NewerVersion(version.Version, CurrentVersion);
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

    /// <summary>Unwraps the root key; null when the passphrase is not the one, or the document was changed.</summary>
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

    private bool IsSound() =>
        Format == FormatName && Version == CurrentVersion && Kdf.Algorithm == "argon2id" && Kdf.Cost.AreAcceptable
        && IsHex(Kdf.Salt, Crypto.Kdf.SaltSize) && IsHex(WrappedRootKey, RootKeySize + Envelope.Overhead);

    private static bool IsHex(string text, int bytes) => text.Length == bytes * 2 && text.All(char.IsAsciiHexDigitLower);

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
