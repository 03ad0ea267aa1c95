namespace Sanctum.Daemon.Admin;

/// <summary>
/// Waits for the daemon as long as it lives. A daemon that has been silent for a while is asked for its status; one that does not
/// respond to that is given up. So a large backup can take its time, and a stopped daemon (SIGSTOP) is noticed.
/// </summary>
/// <param name="limit">How long the daemon may say nothing.</param>
/// <param name="respondsAsync">Asks how the daemon is; false when it does not respond within the limit.</param>
internal sealed class Patience(TimeSpan limit, Func<CancellationToken, Task<bool>> respondsAsync)
{
    /// <summary>Of a call that may take any time, as long as the daemon lives.</summary>
    public const int Endless = int.MaxValue;

    /// <summary>Of any other call: one that takes that much longer will not end, however well the daemon is otherwise.</summary>
    public const int Ordinary = 10;

    /// <summary>Of the call that asks how the daemon is.</summary>
    public const int Once = 1;

    public TimeSpan Limit => limit;

    /// <param name="work">What is waited for; it is cancelled when it is given up.</param>
    /// <param name="times">How often the limit may pass before it is given up although the daemon lives.</param>
    /// <param name="silent">Makes the error.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    public async Task<T> WaitAsync<T>(Func<CancellationToken, Task<T>> work, int times, Func<Exception> silent, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = work(ending.Token);
        for (var turn = 1L; await EndsAsync(running, cancellationToken).ConfigureAwait(false) is false; turn++)
        {
            if (turn < times && await respondsAsync(cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            await ending.CancelAsync().ConfigureAwait(false);
            await DropAsync(running).ConfigureAwait(false);
            throw silent();
        }

        return await running.ConfigureAwait(false);
    }

    private async Task<bool> EndsAsync(Task running, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(running, Task.Delay(limit, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return first == running || cancellationToken.IsCancellationRequested;
    }

    // How it ends is of no interest any more; what it holds is let go.
    private static async Task DropAsync<T>(Task<T> running)
    {
        try
        {
            (await running.ConfigureAwait(false) as IDisposable)?.Dispose();
        }
        catch (Exception given) when (given is OperationCanceledException or HttpRequestException or IOException or OperatorException)
        {
            return;
        }
    }
}
