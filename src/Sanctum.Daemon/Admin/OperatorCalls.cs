namespace Sanctum.Daemon.Admin;

/// <summary>How many of the operators' calls run at a time, from reading the request to the last byte of its response.</summary>
internal sealed class OperatorCalls(TimeProvider time)
{
    private const int Most = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _free = new(Most);

    /// <summary>Waits for a place; disposing it gives it back.</summary>
    /// <exception cref="OperatorException">There was none in time.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _free.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OperatorException(OperatorErrors.RateLimited, $"{Most} calls of operators are already running", "try again when one of them has ended");
        }

        return new Place(_free);
    }

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
