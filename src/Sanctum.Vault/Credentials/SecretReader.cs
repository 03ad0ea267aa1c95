using System.Runtime.CompilerServices;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Credentials;

/// <summary>
/// Fetches secrets from the store and opens them. What the store has is used only if the ledger says that it is current. A secret that was removed
/// or replaced still decrypts at its old position. A program that writes to the file under a running vault could put it back.
/// </summary>
internal sealed class SecretReader(IVaultStore store, SecretCipher cipher, RecordLedger ledger)
{
    private const int MaxCached = 8 * 1024;

    // Ciphertext only, and no longer than the metadata it belongs to: storing a new version makes new metadata.
    private readonly ConditionalWeakTable<CredentialInfo, StrongBox<StoredRecord>> _sealed = [];

    public SecretCipher Cipher => cipher;

    /// <summary>Opens the current secret, which the caller disposes; null when it is being removed.</summary>
    /// <exception cref="VaultException">The store has lost, changed or exchanged it.</exception>
    public ValueTask<SecretBytes?> TryOpenAsync(CredentialInfo credential, CancellationToken cancellationToken) =>
        _sealed.TryGetValue(credential, out var known)
            ? ValueTask.FromResult<SecretBytes?>(cipher.Decrypt(known.Value, credential.Path, credential.Version))
            : FetchAsync(credential, cancellationToken);

    /// <summary>Opens a version's secret, which the caller disposes; null when there is no such version.</summary>
    /// <exception cref="VaultException">The store has lost, changed or exchanged it.</exception>
    public async ValueTask<SecretBytes?> TryOpenAsync(CredentialPath path, int version, CancellationToken cancellationToken) =>
        await ReadAsync(path, version, cancellationToken).ConfigureAwait(false) is { } record ? cipher.Decrypt(record, path, version) : null;

    private async ValueTask<SecretBytes?> FetchAsync(CredentialInfo credential, CancellationToken cancellationToken)
    {
        if (await ReadAsync(credential.Path, credential.Version, cancellationToken).ConfigureAwait(false) is not { } record)
        {
            return null;
        }

        // What does not open is not kept: it may be mended before it is asked for again.
        var secret = cipher.Decrypt(record, credential.Path, credential.Version);
        if (record.Data.Length <= MaxCached)
        {
            _sealed.AddOrUpdate(credential, new StrongBox<StoredRecord>(record));
        }

        return secret;
    }

    private async ValueTask<StoredRecord?> ReadAsync(CredentialPath path, int version, CancellationToken cancellationToken)
    {
        var key = cipher.KeyOf(path, version);
        var found = await store.ReadAsync(key, cancellationToken).ConfigureAwait(false);

        // Looked up after the read: a removal leaves the ledger before it leaves the store, so what is in both is current.
        return (found, ledger.StampOf(key)) switch
        {
            (_, null) => null,
            (null, _) => throw Errors.SecretDamaged(path, version, "it is missing"),
            ({ } record, { } stamp) => record.Data.Length >= Envelope.TagSize && LedgerStamp.Of(record) == stamp
                ? record
                : throw Errors.SecretDamaged(path, version, "it was changed or replaced"),
        };
    }
}
