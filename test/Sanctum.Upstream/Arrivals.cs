using System.Collections;
using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Sanctum.Upstream;

/// <summary>What has arrived so far, in order. Each can be waited for, once.</summary>
public sealed class Arrivals<T> : IReadOnlyCollection<T>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<T> _all = new();
    private readonly Channel<T> _unseen = Channel.CreateUnbounded<T>();

    /// <summary>How many there have been.</summary>
    public int Count => _all.Count;

    /// <summary>The first that this method has not given yet; when none comes in half a minute, none will.</summary>
    public Task<T> NextAsync() => _unseen.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(T item)
    {
        _all.Enqueue(item);
        _unseen.Writer.TryWrite(item);
    }
}
