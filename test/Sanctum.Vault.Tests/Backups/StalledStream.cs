namespace Sanctum.Tests.Backups;

/// <summary>Takes the first bytes, and then nothing any more: a pipe that nobody reads from.</summary>
internal sealed class StalledStream(bool heedsTheToken) : MemoryStream
{
    private const int Room = 64;

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a write does not.</summary>
    public Task Reached => _reached.Task;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Length + buffer.Length <= Room)
        {
            return base.WriteAsync(buffer, cancellationToken);
        }

        _reached.TrySetResult();
        return new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, heedsTheToken ? cancellationToken : CancellationToken.None));
    }
}
