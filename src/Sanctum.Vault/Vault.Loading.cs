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
    // How often a vault is loaded whose document does not fit: others may write to it all the time.
    private const int MostLoads = 10;

    /// <summary>Loads the vault, and decides whether its key document counts.</summary>
    /// <param name="root">The root key.</param>
    /// <param name="unsealedBy">What it came from: <see cref="SealProviderName.Passphrase"/> or a provider's name.</param>
    /// <param name="failed">The providers that were tried before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ChangedMeanwhileException">Another daemon has replaced the document that the root key came from. It has to be proved anew.</exception>
    private async Task<UnsealedVault> LoadAsync(SecretBytes root, string unsealedBy, IReadOnlyList<SealAttempt> failed, CancellationToken cancellationToken)
    {
        var (keys, proven) = (new VaultKeys(root, Id), _keyDocument);
        UnsealedVault? unsealed = null;
        try
        {
            var loaded = await LoadWithDocumentAsync(keys, cancellationToken).ConfigureAwait(false);
            RequireStillOpening(proven, unsealedBy);
            RequireNotTurnedBack(loaded);
            if (unsealedBy != SealProviderName.Passphrase)
            {
                await RequireNotSealedSinceAsync(loaded.Chain, cancellationToken).ConfigureAwait(false);
            }

            var current = CurrentDocument(keys, loaded, unsealedBy);
            unsealed = new UnsealedVault(_store, _options, _clock, keys, loaded);
            current = await RecordUnsealAsync(unsealed, proven, current, unsealedBy, failed, cancellationToken).ConfigureAwait(false);
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

    // Another daemon may have replaced the document since it was read, and may do so again. Where nobody has written between two looks, it is what it is.
    private async Task<LoadedVault> LoadWithDocumentAsync(VaultKeys keys, CancellationToken cancellationToken)
    {
        long? commit = null;
        for (var tries = 1; ; tries++)
        {
            var loaded = await LoadedVault.LoadAsync(_store, keys, _clock.Now, cancellationToken).ConfigureAwait(false);
            if (_store is not ISharedVaultStore || IsOwn(_keyDocument, keys, loaded.State.KnownDocuments) || loaded.Commit == commit || tries == MostLoads)
            {
                return loaded;
            }

            commit = loaded.Commit;
            await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // What it was opened by has to be in the document that counts when this is written.
    private async Task<KeyDocument> RecordUnsealAsync(
        UnsealedVault unsealed, KeyDocument proven, KeyDocument current, string unsealedBy, IReadOnlyList<SealAttempt> failed, CancellationToken cancellationToken)
    {
        while (true)
        {
            var known = unsealed.KnownDocuments;
            if (!ReferenceEquals(current, _keyDocument) && IsOwn(_keyDocument, unsealed.Keys, known))
            {
                current = _keyDocument;
            }

            try
            {
                await unsealed.Journal.CommitAsync(UnsealEntry(unsealed, unsealedBy, failed), Settled(unsealed, current), check: SameDocuments(unsealed, known)).ConfigureAwait(false);
                return current;
            }
            catch (ChangedMeanwhileException)
            {
                known = unsealed.KnownDocuments;
                await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
                RequireStillOpening(proven, unsealedBy);
                if (!IsOwn(_keyDocument, unsealed.Keys, known))
                {
                    throw;
                }
            }
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

    // What opened the document that was read first may be gone from the one that counts: a passphrase that was changed, a provider that was removed.
    private void RequireStillOpening(KeyDocument proven, string unsealedBy)
    {
        var isStill = unsealedBy == SealProviderName.Passphrase
            ? _keyDocument.HasPassphraseOf(proven)
            : EntriesOf(_keyDocument).Contains(EntriesOf(proven).First(entry => entry.Name == unsealedBy));
        if (!isStill)
        {
            throw new ChangedMeanwhileException();
        }
    }

    // Looked at right before an entry is written, when all that other daemons wrote before is known.
    private static Func<Exception?> SameDocuments(UnsealedVault unsealed, KnownDocuments? known) =>
        () => ReferenceEquals(unsealed.KnownDocuments, known) ? null : new ChangedMeanwhileException();

    private static bool IsOwn(KeyDocument document, VaultKeys keys, KnownDocuments? known) => document.IsGenuine(keys.KeyDocument) && KnownDocuments.AreCurrent(known, document);

    // A replacement that was interrupted left two that count. Which of them it came to is known now.
    private static IReadOnlyList<RecordChange> Settled(UnsealedVault unsealed, KeyDocument current) =>
        unsealed.KnownDocuments is { Digests.Count: > 1 } known && KnownDocuments.AreCurrent(known, current) ? [KnownDocuments.Of(unsealed.Codec, current)] : [];

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
