namespace Sanctum.Daemon.Tests.Admin;

/// <summary>Where a response goes that is read slowly: it takes nothing until it is told to go on.</summary>
internal sealed class SlowReader : MemoryStream
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first bytes are there.</summary>
    public Task Reached => _reached.Task;

    public void GoOn() => _goOn.SetResult();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _reached.TrySetResult();
        await _goOn.Task.WaitAsync(cancellationToken);
        await base.WriteAsync(buffer, cancellationToken);
    }
}
