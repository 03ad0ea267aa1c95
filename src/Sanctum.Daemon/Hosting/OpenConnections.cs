namespace Sanctum.Daemon.Hosting;

/// <summary>How many connections are open on all listeners, and when there is room for one more.</summary>
/// <param name="most">How many there may be.</param>
internal sealed class OpenConnections(int most)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private int _count;

    /// <summary>Waits until fewer than the most are open.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_count < most)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    public void Entered()
    {
        lock (_gate)
        {
            _count++;
        }
    }

    public void Left()
    {
        lock (_gate)
        {
            _count--;
            _room?.TrySetResult();
            _room = null;
        }
    }
}
