using Sanctum.Crypto;

namespace Sanctum.Sealing;

/// <summary>
/// Keeps a key outside the vault, for vaults that open without a human. A vault wraps its root key under that key; the provider never sees the root key.
/// Safe for use from many threads. What goes wrong is thrown as <see cref="SealProviderException"/>.
/// </summary>
public interface ISealProvider
{
    /// <summary>Which kind it is, such as <c>systemd</c>; as <see cref="SealProviderName"/> has it.</summary>
    string Type { get; }

    /// <summary>Makes a key, or takes the one that is there, and keeps it.</summary>
    /// <param name="place">For which vault, under which name, and where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>32 bytes, which the caller disposes, and what <see cref="OpenAsync"/> needs besides the place: at most 2,048 printable ASCII characters, no secret.</returns>
    Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken);

    /// <summary>Gives out the key.</summary>
    /// <param name="place">For which vault, under which name, and where.</param>
    /// <param name="data">What <see cref="CreateAsync"/> returned with it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>32 bytes, which the caller disposes.</returns>
    Task<SecretBytes> OpenAsync(SealPlace place, string data, CancellationToken cancellationToken);

    /// <summary>Removes the key, where the provider keeps it for this vault alone.</summary>
    /// <param name="place">For which vault, under which name, and where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where the provider keeps a key for this vault alone and has none here: it is gone already, or on another machine.</returns>
    Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken);
}

/// <summary>What a provider is told of the key that it keeps.</summary>
/// <param name="VaultId">The vault.</param>
/// <param name="Name">The provider's name in it.</param>
/// <param name="Settings">Where the key is, in the provider's own words: a credential's name, a keyring, a file. Anybody who can write the vault's files can have changed it.</param>
public sealed record SealPlace(Guid VaultId, string Name, string Settings);

/// <summary>A key that a provider keeps.</summary>
/// <param name="Key">32 bytes; disposed with this.</param>
/// <param name="Data">What it takes to get it again.</param>
public sealed record ProvidedKey(SecretBytes Key, string Data) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Key.Dispose();

    /// <summary>Says nothing of the key.</summary>
    public override string ToString() => "a provided key";
}

/// <summary>A seal provider that a vault has.</summary>
/// <param name="Name">What it is called in this vault.</param>
/// <param name="Type">Which kind it is.</param>
/// <param name="Settings">Where its key is.</param>
public sealed record SealProviderInfo(string Name, string Type, string Settings)
{
    /// <summary>The providers that a key document names, as it lies in a store. Nothing of that is authenticated before the vault is open.</summary>
    /// <param name="keyDocument">The document.</param>
    /// <exception cref="VaultException">It is damaged (<see cref="VaultErrorCode.Damaged"/>) or of a later version (<see cref="VaultErrorCode.UnsupportedVersion"/>).</exception>
    public static IReadOnlyList<SealProviderInfo> ReadFrom(ReadOnlySpan<byte> keyDocument) =>
        [.. (KeyDocument.Parse(keyDocument).Providers ?? []).Select(entry => entry.Info)];
}

/// <summary>Why a seal provider could not open the vault, or its key was not removed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Reason">What went wrong, as a sentence without its end.</param>
/// <param name="Suggestion">What to do about it, where that is known.</param>
public sealed record SealAttempt(string Name, string Type, string Reason, string? Suggestion)
{
    /// <summary>Why the vault could not be loaded, where the provider did give its key out; null where the provider failed.</summary>
    public VaultErrorCode? VaultFailure { get; init; }
}

/// <summary>What came of opening a vault by its seal providers.</summary>
/// <param name="OpenedBy">The name of the one that opened it; null when none did, or it was open already.</param>
/// <param name="Failed">Those that were tried before, in order.</param>
/// <param name="Damage">What was found damaged: see <see cref="Operator.Damage"/>.</param>
public sealed record ProviderUnsealing(string? OpenedBy, IReadOnlyList<SealAttempt> Failed, IReadOnlyList<string> Damage);

/// <summary>A seal provider could not give out, keep or remove its key. Never holds a key, a token or a response's text.</summary>
/// <param name="message">What went wrong, in lower case, without a full stop.</param>
/// <param name="suggestion">What to do about it.</param>
/// <param name="inner">The cause.</param>
public sealed class SealProviderException(string message, string? suggestion = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do about it.</summary>
    public string? Suggestion { get; } = suggestion;
}
