namespace Sanctum.Daemon.Rpc;

/// <summary>A connection's calls, used again once answered: each keeps its reply's buffer.</summary>
internal sealed class CallPool(AgentConnection connection) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<RpcCall> _spare = new();
    private long _requests;

    /// <summary>A call for the next request. Called by the reading loop alone.</summary>
    public RpcCall Take()
    {
        RpcCall? call;
        lock (_gate)
        {
            _spare.TryPop(out call);
        }

        call ??= new RpcCall(connection);
        call.Begin(++_requests);
        return call;
    }

    public void Return(RpcCall call)
    {
        call.Reply.Reset();
        lock (_gate)
        {
            _spare.Push(call);
        }
    }

    public void Dispose()
    {
        foreach (var call in _spare)
        {
            call.Dispose();
        }
    }
}
