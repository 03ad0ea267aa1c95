using Sanctum.Audit;
using Sanctum.Door;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>Another passphrase for the same vault: the root key stays, and is wrapped anew.</summary>
public sealed partial class Vault
{
    /// <summary>Changes the passphrase; seal providers stay. Interrupted at any moment, it leaves a vault that opens with exactly one of the two.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="current">The passphrase as it is; the caller zeroes it.</param>
    /// <param name="replacement">The passphrase to be; the caller zeroes it.</param>
    /// <exception cref="VaultException"><paramref name="current"/> is not the passphrase (<see cref="VaultErrorCode.AuthFailed"/>), or
    /// <paramref name="replacement"/> must not become it (<see cref="PassphraseRule"/>).</exception>
    public Task ChangePassphraseAsync(
        Operator by, ReadOnlyMemory<byte> current, ReadOnlyMemory<byte> replacement, CancellationToken cancellationToken = default) =>
        ChangeAsync(by, cancellationToken, async unsealed =>
        {
            PassphraseRule.Require(replacement.Span, "replacement");
            var (known, document) = await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
            using var root = await Task.Run(() => document.TryOpen(current.Span), cancellationToken).ConfigureAwait(false);
            if (root is null)
            {
                throw await RefusePassphraseAsync().ConfigureAwait(false);
            }

            var keyDocument = await Task.Run(
                () => VaultFoundation.Rewrap(document, root, replacement.Span, _options.Kdf, unsealed.Keys), cancellationToken).ConfigureAwait(false);
            await ReplaceAsync(unsealed, known, keyDocument, OperatorEntry.Of(unsealed, AuditActions.VaultPassphrase, null)).ConfigureAwait(false);
            return true;
        });

    // Where the store keeps the document beside the records, all of it is one transaction, made from what the vault knew when it read the document.
    private Task ReplaceAsync(UnsealedVault unsealed, KnownDocuments? known, KeyDocument next, AuditEntry entry) => _store is ISharedVaultStore
        ? ReplaceAtOnceAsync(unsealed, known, next, entry)
        : ReplaceInStepsAsync(unsealed, next, entry);

    private async Task ReplaceAtOnceAsync(UnsealedVault unsealed, KnownDocuments? known, KeyDocument next, AuditEntry entry)
    {
        await unsealed.Journal.CommitAsync(
            entry, KnownDocuments.Of(unsealed.Codec, next), next.ToUtf8(), SameDocuments(unsealed, known)).ConfigureAwait(false);
        _keyDocument = next;
    }

    // 1. The entry, and both documents as the vault's own. 2. The document. 3. The new one alone as the vault's own. A vault that never had a seal provider
    // knows no documents: programs before them would not know what that record is.
    private async Task ReplaceInStepsAsync(UnsealedVault unsealed, KeyDocument next, AuditEntry entry)
    {
        var isKnown = next.Providers is not null || unsealed.KnownDocuments is not null;
        await unsealed.Journal.CommitAsync(entry, isKnown ? [KnownDocuments.Of(unsealed.Codec, _keyDocument, next)] : null).ConfigureAwait(false);
        await WriteAsync(unsealed, next, entry).ConfigureAwait(false);
        if (!isKnown)
        {
            return;
        }

        try
        {
            await unsealed.Journal.CommitAsync(Array.Empty<AuditEntry>(), [KnownDocuments.Of(unsealed.Codec, next)]).ConfigureAwait(false);
        }
        catch (VaultException failure)
        {
            throw Errors.KeyDocumentUnsettled(failure);
        }
    }

    private async Task WriteAsync(UnsealedVault unsealed, KeyDocument next, AuditEntry entry)
    {
        try
        {
            await _store.WriteKeyDocumentAsync(next.ToUtf8(), CancellationToken.None).ConfigureAwait(false);
            _keyDocument = next;
        }
        catch (StoreException)
        {
            // Which of the two it holds now, only the store knows; that one counts. What is neither was put there by somebody else.
            var kept = await _store.ReadKeyDocumentAsync(CancellationToken.None).ConfigureAwait(false) ?? throw Errors.KeyDocumentDamaged();
            _keyDocument = kept.AsSpan().SequenceEqual(next.ToUtf8()) ? next : _keyDocument;
            await unsealed.Journal.CommitAsync(entry with { Outcome = AuditOutcome.Failed, Reason = VaultErrorCode.StorageFailed }).ConfigureAwait(false);
            throw;
        }
    }
}
