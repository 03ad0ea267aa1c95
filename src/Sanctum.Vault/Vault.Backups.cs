using Sanctum.Audit;
using Sanctum.Backups;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>The whole vault out, and in again.</summary>
public sealed partial class Vault
{
    /// <summary>Writes the whole vault, encrypted, as it is at one moment; its seal providers come along.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="destination">Is written to once, from front to back.</param>
    /// <exception cref="VaultException">The vault was sealed meanwhile, which ends the backup and waits for no stream
    /// (<see cref="VaultErrorCode.VaultLocked"/>): what was written is no backup.</exception>
    public Task BackupAsync(Operator by, Stream destination, CancellationToken cancellationToken = default) =>
        InsideAsync(by, async vault =>
        {
            await vault.Journal.CommitAsync(OperatorEntry.Of(vault, AuditActions.VaultBackup, null)).ConfigureAwait(false);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, vault.Sealing);
            try
            {
                var (keyDocument, snapshot) = await MomentAsync(vault, ending.Token).ConfigureAwait(false);
                await using (snapshot.ConfigureAwait(false))
                {
                    using var writer = new BackupWriter(destination);
                    await writer.WriteAsync(keyDocument, snapshot, ending.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (vault.Sealing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw Errors.SealedDuringBackup();
            }

            return true;
        });

    /// <summary>
    /// Reads a backup into an empty store and verifies all of it: records, secrets, audit chain. The store becomes a vault only at the
    /// very end, when its key document is written.
    /// </summary>
    /// <param name="source">Is read once, from front to back.</param>
    /// <param name="store">An empty store.</param>
    /// <param name="passphrase">The vault's, as it was when the backup was made; the caller zeroes it.</param>
    /// <param name="acceptDamage">Whether secrets and audit entries that are damaged are taken as they are. <see cref="AuditVerification.Damage"/> then names them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">The store holds a vault (<see cref="VaultErrorCode.Conflict"/>); the backup is damaged or was changed
    /// (<see cref="VaultErrorCode.Damaged"/>); it is not the passphrase (<see cref="VaultErrorCode.AuthFailed"/>).</exception>
    public static Task<AuditVerification> RestoreAsync(
        Stream source, IVaultStore store, ReadOnlyMemory<byte> passphrase, bool acceptDamage = false, CancellationToken cancellationToken = default) =>
        Storing(async () =>
        {
            if (await store.ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
                throw Errors.VaultExists();
            }

            using var reader = new BackupReader(source);
            var bytes = await reader.ReadIntoAsync(store, cancellationToken).ConfigureAwait(false);
            var keyDocument = KeyDocument.Parse(bytes);
            using var root = await Task.Run(() => keyDocument.TryOpen(passphrase.Span), cancellationToken).ConfigureAwait(false)
                ?? throw Errors.WrongPassphrase();
            using var keys = new VaultKeys(root, keyDocument.VaultId);
            var verification = await VaultFoundation.VerifyAsync(store, keys, keyDocument, acceptDamage, cancellationToken).ConfigureAwait(false);
            await store.WriteKeyDocumentAsync(bytes, cancellationToken).ConfigureAwait(false);
            return verification;
        });

    // The records say which key document they belong to, so neither may change between the two.
    private async Task<(byte[] KeyDocument, IStoreSnapshot Snapshot)> MomentAsync(UnsealedVault vault, CancellationToken cancellationToken)
    {
        await vault.Changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _store is ISharedVaultStore
                ? await SharedMomentAsync(vault, cancellationToken).ConfigureAwait(false)
                : (_keyDocument.ToUtf8(), await vault.SnapshotAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            vault.Changing.Release();
        }
    }

    // Another daemon may replace it at any time: it is of the moment if it is the same before and after.
    private async Task<(byte[] KeyDocument, IStoreSnapshot Snapshot)> SharedMomentAsync(UnsealedVault vault, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = await _store.ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false) ?? throw Errors.NoVault();
            var snapshot = await vault.SnapshotAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var after = await _store.ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
                if (before.AsSpan().SequenceEqual(after))
                {
                    return (before, snapshot);
                }
            }
            catch
            {
                await snapshot.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            await snapshot.DisposeAsync().ConfigureAwait(false);
        }
    }
}
