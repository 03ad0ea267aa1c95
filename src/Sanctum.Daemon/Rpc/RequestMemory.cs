namespace Sanctum.Daemon.Rpc;

/// <summary>
/// How much memory all calls together may hold: their requests while they arrive, what is made of them, and their replies until they have been
/// read. Each agent has a <see cref="MemoryShare"/> of it, and never holds more than it leaves to the others. Whoever finds too little left is
/// not read from until there is enough.
/// </summary>
/// <param name="bytes">The memory, in bytes.</param>
internal sealed class RequestMemory(long bytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private long _left = bytes;

    /// <summary>The most that an agent can hold while nobody else holds anything.</summary>
    public long MostOfAgent { get; } = bytes / 2;

    /// <summary>Takes so many bytes; none means to ask only whether the agent may go on.</summary>
    public bool TryTake(MemoryShare share, long count)
    {
        lock (_gate)
        {
            return TryTakeHere(share, count);
        }
    }

    /// <summary>Takes so many bytes as soon as they are there.</summary>
    public async Task TakeAsync(MemoryShare share, long count, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (TryTakeHere(share, count))
            {
                return;
            }

            node = _waiting.AddLast(new Waiter(share, count));
        }

        await using var cancelled = cancellationToken.UnsafeRegister(_ => Abandon(node, cancellationToken), null).ConfigureAwait(false);
        await node.Value.Granted.Task.ConfigureAwait(false);
    }

    /// <summary>Takes what is needed already, or gives back: it is not asked whether it is there. Who owes begins nothing new until it is given back.</summary>
    public void Adjust(MemoryShare share, long difference)
    {
        List<Waiter>? granted = null;
        lock (_gate)
        {
            (_left, share.Held) = (_left - difference, share.Held + difference);
            if (difference < 0 && _waiting.Count > 0)
            {
                granted = Grant();
            }
        }

        granted?.ForEach(waiter => waiter.Granted.TrySetResult());
    }

    private bool TryTakeHere(MemoryShare share, long count)
    {
        if (share.Held + count > _left - count)
        {
            return false;
        }

        (_left, share.Held) = (_left - count, share.Held + count);
        return true;
    }

    // In the order in which they came; one that needs more than there is does not hold up those behind it.
    private List<Waiter> Grant()
    {
        var granted = new List<Waiter>();
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (TryTakeHere(node.Value.Share, node.Value.Count))
            {
                _waiting.Remove(node);
                granted.Add(node.Value);
            }

            node = next;
        }

        return granted;
    }

    private void Abandon(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (node.List is null)
            {
                return; // It has been granted.
            }

            _waiting.Remove(node);
        }

        node.Value.Granted.TrySetCanceled(cancellationToken);
    }

    private sealed record Waiter(MemoryShare Share, long Count)
    {
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
