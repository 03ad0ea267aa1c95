using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// The one writer. Whoever has something to record leaves it here; the writer takes all that is waiting, chains and encrypts it,
/// commits it in one transaction and then releases the waiters. Durability costs a sync for a batch, not one for a call. A
/// caller that is alone writes on its own thread: with nobody to share the sync with, handing it over would only cost two thread switches.
/// </summary>
internal sealed class Journal : IAsyncDisposable
{
    // Bounds a transaction, so that one waiter's worst case stays small.
    private const int MaxBatch = 1024;

    // Entries that wait for another to go along with: how many, and for how long.
    private const int MaxAppended = 4096;
    private static readonly TimeSpan LongestRide = TimeSpan.FromMilliseconds(100);

    private readonly HeadWriter _head;
    private readonly IJournalMemory _memory;
    private readonly VaultClock _clock;
    private readonly Thread _writer;
    private readonly object _gate = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _ride;
    private readonly Queue<JournalItem> _waiting = new();
    private List<JournalItem> _appended = [];
    private readonly Waiters _waiters = new();
    private readonly Func<bool> _isAlone;
    private readonly AuditMetrics _metrics;
    private bool _writing;
    private bool _closing;

    /// <param name="store">Where it is written.</param>
    /// <param name="loaded">What is there.</param>
    /// <param name="clock">The vault's time.</param>
    /// <param name="isAlone">Whether the caller is the only one who uses the vault at the moment.</param>
    /// <param name="memory">What is brought in line with what is durable.</param>
    /// <param name="metrics">Counts entries.</param>
    public Journal(IVaultStore store, LoadedVault loaded, VaultClock clock, Func<bool> isAlone, IJournalMemory memory, AuditMetrics metrics)
    {
        (_clock, _isAlone, _memory, _metrics) = (clock, isAlone, memory, metrics);
        _head = new HeadWriter(store, loaded, memory);
        _ride = TimeProvider.System.CreateTimer(_ => _ = FlushAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _writer = new Thread(Write) { IsBackground = true, Name = "sanctum journal" };
        _writer.Start();
    }

    /// <summary>How many entries are durable.</summary>
    public long Entries => _head.Entries;

    /// <summary>Records one entry and what it changes. Completed once it is durable.</summary>
    /// <param name="entry">What happened.</param>
    /// <param name="changes">The records that change with it, in the same transaction.</param>
    /// <param name="apply">What follows in memory besides what the records say; run by the writer, in the order of commits, before the task completes.</param>
    /// <param name="check">Looks once more at what the entry was made from, right before it is written: what other daemons wrote is known by then. Returns why it may not be
    /// written, which is thrown.</param>
    /// <exception cref="VaultException">It could not be written, and nothing of it took effect.</exception>
    public Task CommitAsync(AuditEntry entry, IReadOnlyList<RecordChange>? changes = null, Action? apply = null, Func<Exception?>? check = null) =>
        CommitAsync(new JournalItem([Bytes(entry)], changes ?? [], apply, check) { OutlivesSeal = entry.Action is AuditActions.UseOutcome or AuditActions.UseFound });

    /// <summary>Records an entry and replaces the key document, all at once, in a store that several write to.</summary>
    /// <param name="entry">What happened.</param>
    /// <param name="change">The record that knows the document.</param>
    /// <param name="keyDocument">The document.</param>
    /// <param name="check">As for an entry alone.</param>
    public Task CommitAsync(AuditEntry entry, RecordChange change, byte[] keyDocument, Func<Exception?> check) =>
        CommitAsync(new JournalItem([Bytes(entry)], [change], null, check) { KeyDocument = keyDocument });

    /// <summary>Records several entries and what they change, all at once.</summary>
    /// <inheritdoc cref="CommitAsync(AuditEntry, IReadOnlyList{RecordChange}?, Action?, Func{Exception?}?)"/>
    public Task CommitAsync(IEnumerable<AuditEntry> entries, IReadOnlyList<RecordChange> changes, Func<Exception?>? check = null) =>
        CommitAsync(new JournalItem([.. entries.Select(Bytes)], changes, null, check));

    /// <summary>Takes in what other daemons have written.</summary>
    /// <exception cref="VaultException">The store can't be read, or is not as the vaults left it.</exception>
    public Task CatchUpAsync() => CommitAsync(JournalItem.Look());

    /// <summary>Records one entry, and has the store get rid of all that was removed or replaced before.</summary>
    public Task PurgeAsync(AuditEntry entry) => CommitAsync(new JournalItem([Bytes(entry)], [], null) { Purges = true, OutlivesSeal = true });

    /// <summary>
    /// Leaves an entry that nobody waits for: it goes along with the next one that is committed, or alone after a short while. Only for
    /// what adds to an entry that is durable already, and for what was counted.
    /// </summary>
    /// <exception cref="VaultException">Too many wait, because the store takes no more.</exception>
    public void Append(AuditEntry entry)
    {
        var item = JournalItem.Unattended([Bytes(entry)]);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            if (_appended.Count >= MaxAppended)
            {
                throw Errors.StorageFailed(new StoreException(StoreFailure.Unavailable, "delayed entries could not be written"));
            }

            LetRide(item);
        }
    }

    /// <summary>Completed once everything that was left by <see cref="Append"/> so far is durable.</summary>
    public Task FlushAsync()
    {
        lock (_gate)
        {
            var last = _appended.LastOrDefault();
            TakeAppendedAlong();
            return last?.Task ?? Task.CompletedTask;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ride.DisposeAsync().ConfigureAwait(false);
        lock (_gate)
        {
            TakeAppendedAlong();
            _closing = true;
            Monitor.Pulse(_gate);
        }

        await _stopped.Task.ConfigureAwait(false);
    }

    private Task CommitAsync(JournalItem item)
    {
        var alone = _isAlone();
        List<JournalItem> batch = [];
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            alone &= !_writing && _waiting.Count == 0;
            if (alone)
            {
                _writing = true;
                (batch, _appended) = (_appended, batch);
            }
            else
            {
                TakeAppendedAlong();
                _waiting.Enqueue(item);
                Monitor.Pulse(_gate);
            }
        }

        if (alone)
        {
            batch.Add(item);
            var written = CommitOrFailAsync(batch);
            if (!written.IsCompleted)
            {
                return CompleteAsync(written, batch, item);
            }

            batch.ForEach(it => it.Complete());
        }

        return item.Task;
    }

    private static async Task CompleteAsync(ValueTask written, List<JournalItem> batch, JournalItem item)
    {
        await written.ConfigureAwait(false);
        batch.ForEach(it => it.Complete());
        await item.Task.ConfigureAwait(false);
    }

    private byte[] Bytes(AuditEntry entry)
    {
        _metrics.Count(entry);
        return AuditJson.Write(_clock.Behind is var behind && behind > TimeSpan.Zero ? entry with { VaultTime = entry.Time + behind } : entry);
    }

    // Under the gate: ahead of what is committed now, because it happened before.
    private void TakeAppendedAlong()
    {
        if (_appended.Count > 0)
        {
            _appended.ForEach(_waiting.Enqueue);
            _appended.Clear();
            Monitor.Pulse(_gate);
        }
    }

    private void LetRide(JournalItem item)
    {
        _appended.Add(item);
        if (_appended.Count == 1)
        {
            _ride.Change(LongestRide, Timeout.InfiniteTimeSpan);
        }
    }

    private void Write()
    {
        var batch = new List<JournalItem>();
        while (Take(batch))
        {
            CommitOrFailAsync(batch).AsTask().GetAwaiter().GetResult(); // Of a store on this machine it is done by then.
            _waiters.Tell(batch);
            batch.Clear();
        }

        _stopped.SetResult();
    }

    private bool Take(List<JournalItem> batch)
    {
        lock (_gate)
        {
            while (_writing || _waiting.Count == 0)
            {
                if (_closing && !_writing)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            while (batch.Count < MaxBatch && _waiting.TryDequeue(out var item))
            {
                batch.Add(item);
            }

            _writing = true;
            return true;
        }
    }

    private async ValueTask CommitOrFailAsync(List<JournalItem> batch)
    {
        var start = AuditMetrics.Start();
        try
        {
            await (batch.TrueForAll(item => item.IsLook) ? _head.CatchUpAsync() : _head.CommitAsync(batch)).ConfigureAwait(false);
            AuditMetrics.Committed(start, null);
            batch.ForEach(item => item.Apply(_memory));
        }
        catch (StoreException failure)
        {
            AuditMetrics.Committed(start, failure);
            var error = Errors.StorageFailed(failure);
            batch.ForEach(item => item.Fail(error));
            KeepAppended(batch);
        }
        catch (Exception failure)
        {
            // Nobody else could tell the waiters; they must not wait for ever.
            batch.ForEach(item => item.Fail(failure));
        }
        finally
        {
            lock (_gate)
            {
                _writing = false;
                Monitor.Pulse(_gate);
            }
        }
    }

    // Nobody waits for them who could try again.
    private void KeepAppended(List<JournalItem> batch)
    {
        lock (_gate)
        {
            foreach (var item in batch.Where(item => item.IsUnattended && !_closing))
            {
                LetRide(JournalItem.Unattended(item.Entries));
            }
        }
    }
}
