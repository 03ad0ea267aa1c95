using System.Globalization;
using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>From a root key to a vault that is unsealed.</summary>
public sealed partial class Vault
{
    /// <summary>Loads the vault, and decides whether its key document counts.</summary>
    /// <param name="root">The root key.</param>
    /// <param name="unsealedBy">What it came from: <see cref="SealProviderName.Passphrase"/> or a provider's name.</param>
    /// <param name="failed">The providers that were tried before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<UnsealedVault> LoadAsync(SecretBytes root, string unsealedBy, IReadOnlyList<SealAttempt> failed, CancellationToken cancellationToken)
    {
        var keys = new VaultKeys(root, Id);
        UnsealedVault? unsealed = null;
        try
        {
            var loaded = await LoadedVault.LoadAsync(_store, keys, _clock.Now, cancellationToken).ConfigureAwait(false);
            if (_store is ISharedVaultStore && !IsOwn(_keyDocument, keys, loaded.State.KnownDocuments))
            {
                // Another daemon may have replaced it since it was read.
                await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
                loaded = await LoadedVault.LoadAsync(_store, keys, _clock.Now, cancellationToken).ConfigureAwait(false);
            }

            RequireNotTurnedBack(loaded);
            if (unsealedBy != SealProviderName.Passphrase)
            {
                await RequireNotSealedSinceAsync(loaded.Chain, cancellationToken).ConfigureAwait(false);
            }

            var current = CurrentDocument(keys, loaded, unsealedBy);
            unsealed = new UnsealedVault(_store, _options, _clock, keys, loaded);
            await unsealed.Journal.CommitAsync(UnsealEntry(unsealed, unsealedBy, failed), Settled(loaded, current)).ConfigureAwait(false);
            unsealed.Others.SealedElsewhere = () => _ = SealAsElsewhereAsync();
            _keyDocument = current;
            _waitingSince = null;
            return unsealed;
        }
        catch
        {
            // Its writer and its timer would live on, without keys.
            await (unsealed?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            keys.Dispose();
            throw;
        }
    }

    // Only the passphrase opens a vault whose document was changed or put back. Its providers count no more: one of them may have been removed since, or be
    // somebody else's.
    private KeyDocument CurrentDocument(VaultKeys keys, LoadedVault loaded, string unsealedBy)
    {
        if (IsOwn(_keyDocument, keys, loaded.State.KnownDocuments))
        {
            return _keyDocument;
        }

        if (unsealedBy != SealProviderName.Passphrase)
        {
            throw Errors.KeyDocumentReplaced();
        }

        loaded.Note(["the key document was changed, or an earlier one was put back: its seal providers are ignored until they are added again"]);
        return _keyDocument.Providers is null ? _keyDocument : _keyDocument.With([], keys.KeyDocument);
    }

    private static bool IsOwn(KeyDocument document, VaultKeys keys, KnownDocuments? known) => document.IsGenuine(keys.KeyDocument) && KnownDocuments.AreCurrent(known, document);

    // A replacement that was interrupted left two that count. Which of them it came to is known now.
    private static IReadOnlyList<RecordChange> Settled(LoadedVault loaded, KeyDocument current) =>
        loaded.State.KnownDocuments is { Digests.Count: > 1 } known && KnownDocuments.AreCurrent(known, current) ? [KnownDocuments.Of(loaded.Codec, current)] : [];

    // Damage is on the record too, as far as it is not endless.
    private static AuditEntry UnsealEntry(UnsealedVault unsealed, string unsealedBy, IReadOnlyList<SealAttempt> failed)
    {
        List<(string, string)> details = [];
        if (unsealedBy != SealProviderName.Passphrase)
        {
            details.Add(("provider", unsealedBy));
        }

        if (failed is not [])
        {
            details.Add(("failed_providers", string.Join(',', failed.Select(attempt => attempt.Name))));
        }

        if (unsealed.Damage is [var first, ..])
        {
            details.Add(("damaged", unsealed.Damage.Count.ToString(CultureInfo.InvariantCulture)));
            details.Add(("first_damage", first));
        }

        var entry = OperatorEntry.Of(unsealed, AuditActions.VaultUnseal, null, [.. details]);
        return unsealedBy == SealProviderName.Passphrase ? entry : entry with { Actor = Actors.Vault };
    }
}
