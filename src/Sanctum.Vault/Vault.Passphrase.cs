using Sanctum.Audit;
using Sanctum.Door;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>Another passphrase for the same vault: the root key stays, and is wrapped anew.</summary>
public sealed partial class Vault
{
    /// <summary>Changes the passphrase. Interrupted at any moment, it leaves a vault that opens with exactly one of the two.</summary>
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
            using var root = await Task.Run(() => _keyDocument.TryOpen(current.Span), cancellationToken).ConfigureAwait(false);
            if (root is null)
            {
                throw await RefusePassphraseAsync().ConfigureAwait(false);
            }

            var keyDocument = await Task.Run(() => VaultFoundation.Wrap(Id, root, replacement.Span, _options.Kdf), cancellationToken).ConfigureAwait(false);
            await unsealed.Journal.CommitAsync(OperatorEntry.Of(unsealed, AuditActions.VaultPassphrase, null)).ConfigureAwait(false);
            await ReplaceKeyDocumentAsync(unsealed, keyDocument).ConfigureAwait(false);
            return true;
        });

    private async Task ReplaceKeyDocumentAsync(UnsealedVault unsealed, KeyDocument keyDocument)
    {
        try
        {
            await _store.WriteKeyDocumentAsync(keyDocument.ToUtf8(), CancellationToken.None).ConfigureAwait(false);
            _keyDocument = keyDocument;
        }
        catch (StoreException)
        {
            // Which of the two it holds now, only the store knows; that one counts.
            var kept = await _store.ReadKeyDocumentAsync(CancellationToken.None).ConfigureAwait(false) ?? throw Errors.KeyDocumentDamaged();
            _keyDocument = KeyDocument.Parse(kept);
            await unsealed.Journal.CommitAsync(OperatorEntry.Of(unsealed, AuditActions.VaultPassphrase, null) with
            {
                Outcome = AuditOutcome.Failed,
                Reason = VaultErrorCode.StorageFailed,
            }).ConfigureAwait(false);
            throw;
        }
    }
}
