namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>A client's WebSocket ended, and its client was told why in WebSocket's own words: there is nothing more to say on the connection.</summary>
/// <param name="cause">Why; <see cref="OperationCanceledException"/> where the client left.</param>
internal sealed class SocketEndedException(Exception cause) : Exception(cause.Message, cause)
{
    public Exception Cause => InnerException!;
}
