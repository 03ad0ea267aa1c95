namespace Sanctum.Egress.Receiving;

/// <summary>How much memory answers may take, all together. Whoever finds it spent is refused, not kept waiting: waiters that hold a part would wait for each other.</summary>
internal sealed class MemoryBudget(long bytes)
{
    private long _left = bytes;

    /// <exception cref="VaultException">There is not so much left; rate limited.</exception>
    public void Take(int count)
    {
        if (Interlocked.Add(ref _left, -count) < 0)
        {
            Return(count);
            throw Errors.RateLimited("the vault is receiving as much as it can hold", TimeSpan.FromSeconds(1));
        }
    }

    public void Return(int count) => Interlocked.Add(ref _left, count);
}
