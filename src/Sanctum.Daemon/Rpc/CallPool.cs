namespace Sanctum.Daemon.Rpc;

/// <summary>A connection's calls, used again once done: each keeps its reply's buffer.</summary>
internal sealed class CallPool(AgentConnection connection) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<RpcCall> _spare = new();
    private long _requests;

    /// <summary>How many requests there have been.</summary>
    public long Requests => Volatile.Read(ref _requests);

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
        call.LetGo();
        lock (_gate)
        {
            _spare.Push(call);
        }
    }

    /// <summary>Keeps one call and gives up the others: a connection that is idle should cost little.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            while (_spare.Count > 1)
            {
                _spare.Pop().Dispose();
            }

            _spare.TrimExcess();
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
