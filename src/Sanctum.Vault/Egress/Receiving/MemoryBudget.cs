namespace Sanctum.Egress.Receiving;

/// <summary>
/// How much memory responses, or request bodies, may take, all together; each agent has a <see cref="MemoryBudget"/> of it. Whoever finds it spent is refused, not kept
/// waiting: waiters that hold a part would wait for each other.
/// </summary>
internal sealed class SharedMemory(long bytes)
{
    private readonly Lock _lock = new();
    private long _left = bytes;

    /// <summary>Takes so much, unless the taker would then hold more than is left to the others. So nobody can hold it all, not even with a
    /// service that responds slowly on purpose, and the next one finds some.</summary>
    public bool TryTake(int count, ref long held)
    {
        lock (_lock)
        {
            if (held + count > _left - count)
            {
                return false;
            }

            (_left, held) = (_left - count, held + count);
            return true;
        }
    }

    public void Return(int count, ref long held)
    {
        lock (_lock)
        {
            (_left, held) = (_left + count, held - count);
        }
    }
}

/// <summary>What one agent may take of the memory for all.</summary>
/// <param name="all">The memory for all.</param>
/// <param name="doing">What the vault does with it, in a word: receiving or sending.</param>
internal sealed class MemoryBudget(SharedMemory all, string doing)
{
    private long _held;

    /// <exception cref="VaultException">There is not so much left for this agent; rate limited.</exception>
    public void Take(int count)
    {
        if (!all.TryTake(count, ref _held))
        {
            throw Errors.RateLimited($"the vault is {doing} as much data as it can hold for this agent", TimeSpan.FromSeconds(1));
        }
    }

    public void Return(int count) => all.Return(count, ref _held);
}
