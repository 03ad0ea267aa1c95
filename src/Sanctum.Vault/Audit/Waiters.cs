using System.Collections.Concurrent;

namespace Sanctum.Audit;

/// <summary>
/// Tells those who waited for a batch, on the thread pool. One work item tells many, because waking a thread for each would cost
/// more than all else; but before any is told, another work item stands ready for the rest, so one that blocks holds nobody up.
/// </summary>
internal sealed class Waiters : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<JournalItem> _committed = new();
    private int _scheduled;

    public void Tell(List<JournalItem> items)
    {
        foreach (var item in items)
        {
            _committed.Enqueue(item);
        }

        Schedule();
    }

    public void Execute()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        while (_committed.TryDequeue(out var item))
        {
            if (!_committed.IsEmpty)
            {
                Schedule();
            }

            item.Complete();
        }
    }

    private void Schedule()
    {
        if (Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
