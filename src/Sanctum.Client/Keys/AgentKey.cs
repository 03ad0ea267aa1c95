using System.Security.Cryptography;
using NSec.Cryptography;

namespace Sanctum.Client.Keys;

/// <summary>
/// An agent's identity: an Ed25519 private key (RFC 8032), kept in libsodium's guarded memory until it is disposed.
/// Its file is plain (64 hex digits) or protected by a passphrase (<see cref="ProtectedSeed"/> draws the format).
/// </summary>
public sealed class AgentKey : IDisposable
{
    internal const int SeedSize = 32;

    private static readonly SignatureAlgorithm Ed25519 = SignatureAlgorithm.Ed25519;
    private readonly Key _key;

    private AgentKey(Key key) => _key = key;

    /// <summary>The public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey => _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);

    /// <summary>The public key as 64 lower-case hex digits, as an operator registers it.</summary>
    public string PublicKeyHex => Convert.ToHexStringLower(PublicKey.Span);

    /// <summary>Makes a new key.</summary>
    public static AgentKey Generate() => new(Key.Create(Ed25519, Exportable()));

    /// <summary>Takes a key's 32-byte seed; the caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">It is not 32 bytes.</exception>
    public static AgentKey FromSeed(ReadOnlySpan<byte> seed) => seed.Length == SeedSize
        ? new AgentKey(Key.Import(Ed25519, seed, KeyBlobFormat.RawPrivateKey, Exportable()))
        : throw new ArgumentException($"a seed is {SeedSize} bytes", nameof(seed));

    /// <summary>Reads a key file of either kind; which it is shows in its length.</summary>
    /// <param name="path">The file. A leading <c>~</c> is the home directory; links are followed, as mounted secrets are links.</param>
    /// <param name="passphrase">Opens a protected file; not used for a plain one.</param>
    /// <exception cref="AuthException">The file is missing, unreadable or no key file, or the passphrase is wrong or missing.</exception>
    public static AgentKey Load(string path, string? passphrase = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = HomeDirectory.Expand(path);
        using var content = KeyFile.Read(path);
        if (content.Bytes.Length == SeedSize)
        {
            return FromSeed(content.Bytes);
        }

        if (string.IsNullOrEmpty(passphrase))
        {
            throw Errors.KeyFile(path, "is protected by a passphrase, and none was given", "set the Passphrase option");
        }

        Span<byte> seed = stackalloc byte[SeedSize];
        try
        {
            return ProtectedSeed.TryDecrypt(content.Bytes, passphrase, seed)
                ? FromSeed(seed)
                : throw Errors.KeyFile(path, "can't be decrypted with this passphrase", "check the passphrase; if it is right, the file is damaged");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Signs: 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => Ed25519.Sign(_key, data);

    /// <summary>Writes a plain key file, mode 0600 from its first moment, and syncs it. The directory is made (0700) if it is missing.</summary>
    /// <param name="path">The file to make, usually <c>~/.sanctum/keys/AGENT.key</c>.</param>
    /// <exception cref="IOException">There is something at <paramref name="path"/>, a link included: nothing is ever overwritten.</exception>
    public void Save(string path)
    {
        Span<byte> seed = stackalloc byte[SeedSize];
        try
        {
            ExportSeed(seed);
            KeyFile.Write(path, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Writes a key file that only <paramref name="passphrase"/> opens; else as <see cref="Save"/>.</summary>
    /// <param name="path">The file to make, usually <c>~/.sanctum/keys/AGENT.key.enc</c>.</param>
    /// <param name="passphrase">Any text that is not empty.</param>
    /// <inheritdoc cref="Save" path="/exception"/>
    public void SaveProtected(string path, string passphrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        Span<byte> seed = stackalloc byte[SeedSize];
        try
        {
            ExportSeed(seed);
            KeyFile.Write(path, ProtectedSeed.Encrypt(seed, passphrase));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Names the public key, never the private one.</summary>
    public override string ToString() => $"Ed25519 {PublicKeyHex}";

    /// <summary>Zeroes the private key.</summary>
    public void Dispose() => _key.Dispose();

    private static KeyCreationParameters Exportable() => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    private void ExportSeed(Span<byte> seed)
    {
        if (!_key.TryExport(KeyBlobFormat.RawPrivateKey, seed, out _))
        {
            throw new CryptographicException("the private key could not be exported");
        }
    }
}
