namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>
/// Waits for a client for so long and no longer. A connection that is closed is not told from one whose client has sent all that it will: the client's input
/// ends for both, and nothing waits for what has ended.
/// </summary>
internal sealed class Patience(TimeSpan limit, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _over = new(limit, time);

    public CancellationToken Token => _over.Token;

    public void Dispose() => _over.Dispose();
}
