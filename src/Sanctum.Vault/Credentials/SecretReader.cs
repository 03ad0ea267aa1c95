using System.Runtime.CompilerServices;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Credentials;

/// <summary>Fetches secrets from the store and opens them.</summary>
internal sealed class SecretReader(IVaultStore store, SecretSealer sealer)
{
    private const int MaxCached = 8 * 1024;

    // Ciphertext only, and no longer than the metadata it belongs to: storing a new version makes new metadata.
    private readonly ConditionalWeakTable<CredentialInfo, StrongBox<StoredRecord>> _sealed = [];

    public SecretSealer Sealer => sealer;

    /// <summary>Opens the current secret, which the caller disposes; null when the store has none.</summary>
    public ValueTask<SecretBytes?> TryOpenAsync(CredentialInfo credential, CancellationToken cancellationToken) =>
        _sealed.TryGetValue(credential, out var known)
            ? ValueTask.FromResult<SecretBytes?>(sealer.Open(known.Value))
            : FetchAsync(credential, cancellationToken);

    /// <summary>Opens a version's secret, which the caller disposes; null when there is no such version.</summary>
    public async ValueTask<SecretBytes?> TryOpenAsync(CredentialPath path, int version, CancellationToken cancellationToken)
    {
        var record = await store.ReadAsync(sealer.KeyOf(path, version), cancellationToken).ConfigureAwait(false);
        return record is { } found ? sealer.Open(found) : null;
    }

    private async ValueTask<SecretBytes?> FetchAsync(CredentialInfo credential, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(sealer.KeyOf(credential.Path, credential.Version), cancellationToken).ConfigureAwait(false) is not { } record)
        {
            return null;
        }

        // What does not open is not kept: it may be mended before it is asked for again.
        var secret = sealer.Open(record);
        if (record.Data.Length <= MaxCached)
        {
            _sealed.AddOrUpdate(credential, new StrongBox<StoredRecord>(record));
        }

        return secret;
    }
}
