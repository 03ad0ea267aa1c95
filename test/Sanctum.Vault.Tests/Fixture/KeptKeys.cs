using System.Collections.Concurrent;
using System.Security.Cryptography;
using Sanctum.Crypto;
using Sanctum.Sealing;

namespace Sanctum.Tests.Fixture;

/// <summary>A seal provider that keeps keys in memory, and whatever else an attacker would have it do.</summary>
internal sealed class KeptKeys(string type = "kept") : ISealProvider
{
    public string Type => type;

    public ConcurrentDictionary<(Guid Vault, string Name), byte[]> Keys { get; } = new();

    /// <summary>What it does before it gives a key out, with the key that it would give; what is returned is given out.</summary>
    public Func<byte[], CancellationToken, Task<byte[]>> Giving { get; set; } = (key, _) => Task.FromResult(key);

    /// <summary>What it has the vault keep with it.</summary>
    public string Data { get; set; } = "";

    public int Given { get; private set; }

    public Task<ProvidedKey> CreateAsync(SealPlace place, CancellationToken cancellationToken) =>
        Task.FromResult(new ProvidedKey(new SecretBytes(Keys[(place.VaultId, place.Name)] = RandomNumberGenerator.GetBytes(32)), Data));

    public async Task<SecretBytes> OpenAsync(SealPlace place, string data, CancellationToken cancellationToken)
    {
        Given++;
        var key = Keys.GetValueOrDefault((place.VaultId, place.Name)) ?? throw new SealProviderException("it has no such key", "add it again");
        return new SecretBytes(await Giving(key, cancellationToken));
    }

    public Task<bool> ForgetAsync(SealPlace place, CancellationToken cancellationToken) => Task.FromResult(Keys.TryRemove((place.VaultId, place.Name), out _));
}
