using Sanctum.Audit;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>What is different where several daemons serve one vault, over a store that all of them write to.</summary>
public sealed partial class Vault
{
    // How many entries the log has had, as far as this one knows.
    private long _known;

    // Where the log ended when seal providers were first tried; null while none are waited for.
    private long? _waitingSince;

    /// <summary>Called when the vault was sealed here because an operator sealed it at another daemon.</summary>
    public event Action<SealReport>? SealedElsewhere;

    /// <summary>Whether a store that others write to has been silent for so long that nothing is decided. Always false while sealed, and over a store of this process alone.</summary>
    public bool IsCutOff => Volatile.Read(ref _unsealed) is { Others.IsCutOff: true };

    /// <summary>How many entries of the log this vault knows; null while it is sealed.</summary>
    public long? KnownEntries => Volatile.Read(ref _unsealed)?.Journal.Entries;

    // Another daemon may have changed it. What is returned is the document, and what the vault knew before it was read: a change is made from these two, or again.
    // While the vault is unsealed, providers come along only from a document that is the vault's own.
    private async Task<(KnownDocuments? Known, KeyDocument Document)> RefreshKeyDocumentAsync(CancellationToken cancellationToken)
    {
        var known = Volatile.Read(ref _unsealed)?.KnownDocuments;
        if (_store is not ISharedVaultStore)
        {
            return (known, _keyDocument);
        }

        var found = KeyDocument.Parse(await Storing(() => _store.ReadKeyDocumentAsync(cancellationToken)).ConfigureAwait(false) ?? throw Errors.NoVault());
        var document = found.VaultId != Id ? throw Errors.AnotherVault()
            : found.Providers is null || Volatile.Read(ref _unsealed) is not { } unsealed || IsOwn(found, unsealed.Keys, unsealed.KnownDocuments) ? found
            : found.With([], unsealed.Keys.KeyDocument);
        _keyDocument = document;
        return (known, document);
    }

    // The first entry of the log's last commit. Zero where nobody else writes.
    private async Task<long> LastSegmentAsync(CancellationToken cancellationToken)
    {
        if (_store is not ISharedVaultStore)
        {
            return 0;
        }

        var snapshot = await Storing(() => _store.SnapshotAsync(cancellationToken)).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            return await Storing(async () =>
            {
                await foreach (var segment in snapshot.ReadLogBackwardsAsync(cancellationToken).ConfigureAwait(false))
                {
                    return segment.FirstSequence;
                }

                return 0L;
            }).ConfigureAwait(false);
        }
    }

    // A vault that is sealed hears nothing. While this one waited for its providers, an operator may have sealed it at another daemon, for all.
    private async Task RequireNotSealedSinceAsync(AuditChain chain, CancellationToken cancellationToken)
    {
        if (_store is not ISharedVaultStore || _waitingSince is not { } since)
        {
            return;
        }

        var snapshot = await _store.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            await foreach (var segment in snapshot.ReadLogAsync(since + 1, cancellationToken).ConfigureAwait(false))
            {
                if (segment.FirstSequence > since && chain.Unpack(segment).Any(OtherDaemons.IsOperatorsSeal))
                {
                    throw Errors.SealedElsewhere();
                }
            }
        }
    }

    private async Task SealAsElsewhereAsync()
    {
        var report = await SealAsync("an operator sealed it at another daemon", CancellationToken.None).ConfigureAwait(false);
        if (report.Changed)
        {
            SealedElsewhere?.Invoke(report);
        }
    }

    // What was acknowledged once is there, or the store was turned back.
    private void RequireNotTurnedBack(LoadedVault loaded)
    {
        if (loaded.Head.Entries < Interlocked.Read(ref _known))
        {
            throw Errors.TurnedBack();
        }
    }

    private void Remember(UnsealedVault unsealed) => Interlocked.Exchange(ref _known, Math.Max(Interlocked.Read(ref _known), unsealed.Journal.Entries));
}
