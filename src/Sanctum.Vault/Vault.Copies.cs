using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>The whole vault from one store to another.</summary>
public sealed partial class Vault
{
    /// <summary>
    /// Copies a vault to another store, with its log, leases, policies and seal providers. The source is verified first: records, secrets, audit chain. The copy is
    /// compared with it, gets an entry of its own about the move, and is verified in turn. The source is only read.
    /// </summary>
    /// <param name="source">Where the vault lies.</param>
    /// <param name="destination">Makes the empty store for the vault of this id, once the source is verified. Both stores stay the caller's to dispose.</param>
    /// <param name="passphrase">The vault's; the caller zeroes it.</param>
    /// <param name="from">What kind of store it comes from, for the log: <c>folder</c> or <c>postgres</c>.</param>
    /// <param name="to">What kind it goes to.</param>
    /// <param name="time">The clock that the entry's time is read from; null for the system's.</param>
    /// <param name="cancellationToken">Gives up. What the destination has by then is no vault.</param>
    /// <returns>What is left to do: the copy's key document is not written yet.</returns>
    /// <exception cref="VaultException">It is not the passphrase (<see cref="VaultErrorCode.AuthFailed"/>); the source is damaged, or the copy is not the same
    /// (<see cref="VaultErrorCode.Damaged"/>).</exception>
    /// <exception cref="StoreException">One of the stores failed, or the destination refused.</exception>
    public static async Task<VaultCopy> CopyAsync(
        IVaultStore source, Func<Guid, Task<IVaultStore>> destination, ReadOnlyMemory<byte> passphrase, string from, string to, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        var bytes = await source.ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false) ?? throw Errors.NoVault();
        var keyDocument = KeyDocument.Parse(bytes);
        using var root = await Task.Run(() => keyDocument.TryOpen(passphrase.Span), cancellationToken).ConfigureAwait(false) ?? throw Errors.WrongPassphrase();
        using var keys = new VaultKeys(root, keyDocument.VaultId);
        var before = await VaultFoundation.VerifyAsync(source, keys, keyDocument, acceptDamage: false, cancellationToken).ConfigureAwait(false);

        var copy = await destination(keyDocument.VaultId).ConfigureAwait(false);
        var snapshot = await source.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            await StoreCopy.CopyAsync(snapshot, copy, cancellationToken).ConfigureAwait(false);
        }

        await StoreCopy.RequireSameHeadAsync(source, copy, cancellationToken).ConfigureAwait(false);
        await StoreCopy.RecordAsync(copy, keys, EntryOf(from, to, time ?? TimeProvider.System), cancellationToken).ConfigureAwait(false);
        var noted = new AuditCheckpoint(before.Entries, before.Checkpoint);
        var after = await VaultFoundation.VerifyAsync(copy, keys, keyDocument, acceptDamage: false, cancellationToken, noted).ConfigureAwait(false);
        return after.Entries == before.Entries + 1 ? new VaultCopy(keyDocument.VaultId, bytes, snapshot.Commit, after) : throw Errors.CopyDiffers();
    }

    private static AuditEntry EntryOf(string from, string to, TimeProvider time) => new()
    {
        Time = time.GetUtcNow(),
        Actor = Actors.Operator,
        Action = AuditActions.VaultMove,
        Outcome = AuditOutcome.Allowed,
        Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["from"] = from, ["to"] = to },
    };
}
