namespace Sanctum.Daemon.Rpc;

/// <summary>
/// How many calls of a connection run at once, at the most. Whoever waits for a slot lets the replies go that were being held
/// back: what is waited for can be among them.
/// </summary>
internal sealed class CallSlots(int count, RpcOutbox outbox)
{
    private readonly SemaphoreSlim _free = new(count);

    /// <summary>Takes one slot.</summary>
    public ValueTask TakeAsync(CancellationToken cancellationToken) =>
        _free.Wait(0) ? ValueTask.CompletedTask : TakeAsync(1, cancellationToken);

    /// <summary>Takes all slots but one's own: everything else is done then.</summary>
    public ValueTask TakeOthersAsync(CancellationToken cancellationToken) => TakeAsync(count - 1, cancellationToken);

    public void Release() => _free.Release();

    public void ReleaseOthers()
    {
        if (count > 1)
        {
            _free.Release(count - 1);
        }
    }

    /// <summary>Waits until nothing runs, and lets nothing run any more.</summary>
    public async Task CloseAsync()
    {
        for (var i = 0; i < count; i++)
        {
            await _free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask TakeAsync(int slots, CancellationToken cancellationToken)
    {
        var taken = 0;
        try
        {
            for (; taken < slots; taken++)
            {
                if (!_free.Wait(0))
                {
                    outbox.Uncork();
                    await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
                    outbox.Cork();
                }
            }
        }
        catch (OperationCanceledException) when (taken > 0)
        {
            _free.Release(taken);
            throw;
        }
    }
}
