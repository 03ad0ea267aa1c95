using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// Writes batches on top of the head: chains and encrypts entries, keeps the ledger in step, and replaces the head record in the same transaction. Where several
/// vaults write to one store, it writes on a head that it knows. Or it takes the head, catches up with what others wrote, and has what it brings checked again first.
/// </summary>
internal sealed class HeadWriter(IVaultStore store, LoadedVault loaded, IJournalMemory memory)
{
    private readonly ISharedVaultStore? _shared = store as ISharedVaultStore;
    private readonly RecordCodec _codec = loaded.Codec;
    private readonly RecordLedger _ledger = loaded.Ledger;
    private readonly AuditChain _chain = loaded.Chain;
    private readonly byte[] _mac = loaded.Head.ChainMac.ToArray();
    private long _entries = loaded.Head.Entries;
    private long _commit = loaded.Commit;
    private LedgerStamp _head = loaded.HeadStamp!.Value;
    private VaultException? _broken;

    // Whether the store may be further than this vault knows: after a failure, and after somebody else has written.
    private bool _uncertain;

    /// <summary>How many entries are durable.</summary>
    public long Entries => Volatile.Read(ref _entries);

    /// <summary>Writes what is brought, all in one transaction, but for what does not hold any more: that is failed.</summary>
    /// <exception cref="StoreException">Nothing was written; or it is not known, and is found out first thing the next time.</exception>
    /// <exception cref="VaultException">The store is not as the vaults left it.</exception>
    public async ValueTask CommitAsync(List<JournalItem> items)
    {
        if (_shared is null)
        {
            if (_uncertain)
            {
                await RequireHeadIsOursAsync().ConfigureAwait(false);
            }

            await WriteAsync(Standing(items)).ConfigureAwait(false);
            return;
        }

        if (_broken is { } broken)
        {
            throw broken;
        }

        if (_uncertain || !await TryWriteAsync(Standing(items)).ConfigureAwait(false))
        {
            await WriteLockedAsync(items).ConfigureAwait(false);
        }
    }

    /// <summary>Takes in what other daemons have written. Does nothing where there are none.</summary>
    /// <exception cref="StoreException">The store can't be read.</exception>
    /// <exception cref="VaultException">The store is not as the vaults left it.</exception>
    public async ValueTask CatchUpAsync()
    {
        if (_broken is { } broken)
        {
            throw broken;
        }

        if (_shared is not null)
        {
            Take(await _shared.ReadChangesAsync(new StorePosition(_commit, _entries)).ConfigureAwait(false));
        }
    }

    // What was decided before is looked at once more, by what is known now.
    private List<JournalItem> Standing(List<JournalItem> items)
    {
        var isSealed = memory.IsSealedElsewhere;
        items.ForEach(item => item.Check(isSealed));
        return items.TrueForAll(static item => !item.IsFailed) ? items : items.FindAll(static item => !item.IsFailed);
    }

    private async ValueTask<bool> TryWriteAsync(List<JournalItem> items)
    {
        try
        {
            await WriteAsync(items).ConfigureAwait(false);
            return true;
        }
        catch (StoreException conflict) when (conflict.Reason == StoreFailure.Conflict)
        {
            return false;
        }
    }

    private async Task WriteLockedAsync(List<JournalItem> items)
    {
        var changes = await _shared!.LockAsync(new StorePosition(_commit, _entries)).ConfigureAwait(false);
        try
        {
            var before = _commit;
            Take(changes);
            await WriteAsync(Standing(items)).ConfigureAwait(false);

            // As long as others write too, the next one is locked from the start: to find that out by failing costs more.
            _uncertain = changes.Commit > before;
        }
        finally
        {
            await _shared.ReleaseAsync().ConfigureAwait(false);
        }
    }

    private void Take(StoreChanges changes)
    {
        try
        {
            var caught = CaughtUp.Verify(changes, new CaughtUp.From(_commit, _entries, _mac, _head), _codec, _chain, _ledger);
            if (caught is null)
            {
                _commit = changes.Commit;
                return;
            }

            memory.Project(caught.Records, isOwn: false);
            foreach (var entry in caught.Entries)
            {
                memory.Hear(entry);
            }

            caught.Head.ChainMac.CopyTo(_mac);
            (_commit, _head) = (changes.Commit, LedgerStamp.Of(changes.Head!.Value));
            Volatile.Write(ref _entries, caught.Head.Entries);
        }
        catch (VaultException failure)
        {
            _broken = failure;
            throw;
        }
    }

    private async ValueTask WriteAsync(List<JournalItem> items)
    {
        if (items.Count == 0)
        {
            return;
        }

        var mac = _mac.ToArray();
        var batch = new StoreBatch { Expected = _shared is null ? null : _commit, IsNews = items.Exists(item => item.Changes.Count > 0 || item.Purges) };
        var edit = new LedgerEdit(_ledger, _codec, batch);
        try
        {
            byte[][] entries = [.. items.SelectMany(item => item.Entries)]; // None for what only tidies up: an empty segment would have the next one's number.
            batch.Segment = entries.Length > 0 ? _chain.Pack(_entries + 1, entries, mac) : null;
            items.ForEach(item => item.Made = item.Changes.Count == 0 ? [] : [.. item.Changes.Where(edit.Apply)]);
            edit.Complete();
            if (items.FindLast(item => item.KeyDocument is not null)?.KeyDocument is { } keyDocument)
            {
                batch.KeyDocument = keyDocument; // Null would become empty memory.
            }

            batch.Purge = items.Exists(item => item.Purges);
            var head = new Head(_entries + entries.Length, mac, _ledger.Count, _ledger.Sum.ToArray());
            var headRecord = _codec.Encrypt(Head.Key, _head.Revision + 1, head.ToBytes());
            batch.Puts.Add(headRecord);
            await store.CommitAsync(batch).ConfigureAwait(false);
            (_head, _commit) = (LedgerStamp.Of(headRecord), _commit + 1);
            mac.CopyTo(_mac, 0);
            Volatile.Write(ref _entries, head.Entries);
        }
        catch
        {
            edit.Revert();
            _uncertain = true;
            throw;
        }
    }

    // After a failure the store may have kept what it said it did not. To go on is safe only if it did not.
    private async ValueTask RequireHeadIsOursAsync()
    {
        if (await store.ReadAsync(Head.Key).ConfigureAwait(false) is not { Data.Length: >= Envelope.TagSize } head || LedgerStamp.Of(head) != _head)
        {
            throw new StoreException(StoreFailure.Unavailable, "an earlier write failed halfway; seal and unseal the vault to go on");
        }

        _uncertain = false;
    }
}
