using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Sanctum.Daemon.Hosting;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;
using Sanctum.Sessions;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// One agent's connection: reads frames, starts calls and keeps order where it matters. A call runs on the reading loop up to
/// its first real wait; then the loop goes on with the next frame.
/// </summary>
internal sealed class AgentConnection
{
    private readonly AgentHost _host;
    private readonly ConnectionContext _context;
    private readonly RpcOutbox _outbox;
    private readonly CallSlots _slots;
    private readonly CallPool _calls;
    private readonly CancellationTokenSource _gone = new();
    private readonly PayloadScratch _scratch = new();
    private long _deadline;
    private volatile bool _stopping;

    public AgentConnection(AgentHost host, ConnectionContext context, string source)
    {
        _host = host;
        _context = context;
        _calls = new CallPool(this);
        _outbox = new RpcOutbox(context.Transport.Output, Recycle, host.Time);
        _slots = new CallSlots(host.Limits.RequestsInFlight, _outbox);
        SignIn = new AgentSignIn(host.Vault, source, host.Time);
        StartSignInDeadline();
    }

    public string Id => _context.ConnectionId;

    public AgentSignIn SignIn { get; }

    public Vault Vault => _host.Vault;

    /// <summary>Cancelled when nobody is there any more to take a reply.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Reads and answers until the peer closes, breaks the framing or has to go.</summary>
    /// <returns>Why it is over.</returns>
    public async Task<string> RunAsync()
    {
        var input = _context.Transport.Input;
        try
        {
            return await ReadAsync(input).ConfigureAwait(false);
        }
        catch (FrameException broken)
        {
            return broken.Message;
        }
        catch (Exception lost) when (lost is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            return "the peer went away";
        }
        finally
        {
            await FinishAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Says why the connection is not served. The request that it answers has not been read: its id is 0.</summary>
    public async Task RefuseAsync(RpcException why)
    {
        using var call = new RpcCall(this);
        call.WriteError(_host.ToError(why, call));
        await _context.Transport.Output.WriteAsync(call.Reply.Frame).ConfigureAwait(false);
    }

    /// <summary>Starts no more calls, and ends when those that run are done.</summary>
    public void Stop()
    {
        _stopping = true;
        _context.Transport.Input.CancelPendingRead();
    }

    /// <summary>Drops the connection if its peer keeps it waiting: for a sign-in, the rest of a frame, or to take a reply.</summary>
    public void DropIfOverdue(long now)
    {
        var deadline = Volatile.Read(ref _deadline);
        var flushing = _outbox.FlushingSince;
        if ((deadline != 0 && now > deadline) ||
            (flushing != 0 && _host.Time.GetElapsedTime(flushing, now).TotalSeconds > _host.Limits.ReplyTimeout))
        {
            _gone.Cancel();
            _context.Abort(new ConnectionAbortedException("kept waiting too long"));
        }
    }

    private async Task<string> ReadAsync(PipeReader input)
    {
        var partial = false;
        while (!_stopping)
        {
            var read = await input.ReadAsync(_gone.Token).ConfigureAwait(false);
            var received = read.Buffer;
            var (start, examined) = (received.Start, received.End);
            _outbox.Cork();
            try
            {
                while (!_stopping && FrameReader.TryRead(ref received, FrameLimit, out var payload))
                {
                    partial = false;
                    Volatile.Write(ref _deadline, SignIn.HasSession ? 0 : _deadline);
                    await StartAsync(payload).ConfigureAwait(false);
                }
            }
            finally
            {
                _outbox.Uncork();
            }

            input.AdvanceTo(received.Start, examined);
            if (!received.IsEmpty && !partial && SignIn.HasSession)
            {
                partial = true;
                Volatile.Write(ref _deadline, Deadline(_host.Limits.FrameTimeout));
            }

            if (read.IsCompleted)
            {
                return received.IsEmpty ? "closed by the peer" : "closed by the peer within a frame";
            }

            if (_outbox.IsBroken)
            {
                return "the peer does not read any more";
            }
        }

        return "the daemon is stopping";
    }

    private int FrameLimit => SignIn.HasSession ? _host.Limits.RequestFrame : FrameLimits.Unauthenticated;

    private async ValueTask StartAsync(ReadOnlySequence<byte> payload)
    {
        await _slots.TakeAsync(_gone.Token).ConfigureAwait(false);
        var call = _calls.Take();
        var bytes = _scratch.Contiguous(payload);
        try
        {
            var running = Dispatch(bytes, call, out var changesSession);
            if (changesSession is null)
            {
                _ = CompleteAsync(running, call, SignIn.Session);
                return;
            }

            await AloneAsync(bytes, call, changesSession).ConfigureAwait(false);
        }
        finally
        {
            _scratch.Clear();
        }
    }

    // Every other call of the connection is done and answered before this one starts, and none starts before it is done.
    private async ValueTask AloneAsync(ReadOnlyMemory<byte> payload, RpcCall call, RpcMethod method)
    {
        try
        {
            await _slots.TakeOthersAsync(_gone.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Recycle(call);
            throw;
        }

        try
        {
            await CompleteAsync(Run(payload, call, method), call, session: null).ConfigureAwait(false);
            StartSignInDeadline();
        }
        finally
        {
            _slots.ReleaseOthers();
        }
    }

    private ValueTask Dispatch(ReadOnlyMemory<byte> payload, RpcCall call, out RpcMethod? changesSession)
    {
        changesSession = null;
        try
        {
            var method = Find(payload, call, out var request);
            if (method.ChangesSession)
            {
                changesSession = method;
                return default;
            }

            return method.RunAsync(request, call);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException(failure);
        }
    }

    private ValueTask Run(ReadOnlyMemory<byte> payload, RpcCall call, RpcMethod method)
    {
        try
        {
            return method.RunAsync(RpcRequest.Parse(payload, out _), call);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException(failure);
        }
    }

    private RpcMethod Find(ReadOnlyMemory<byte> payload, RpcCall call, out RpcRequest request)
    {
        long id = 0;
        try
        {
            request = RpcRequest.Parse(payload, out id);
        }
        catch
        {
            call.Identify(id, jsonRpc: false);
            throw;
        }

        call.Identify(id, request.JsonRpc);
        var method = RpcMethods.Find(request.Method) ?? throw RpcErrors.UnknownMethod();
        call.Method = method.Name;
        return _host.Vault.IsSealed ? throw RpcErrors.Locked() : method;
    }

    // Never throws: whatever happened becomes the reply. The session is the one that the call needs, where it does not make one.
    private async Task CompleteAsync(ValueTask running, RpcCall call, Session? session)
    {
        try
        {
            await running.ConfigureAwait(false);

            // An agent that was removed, or a vault that was sealed, while the call ran: nothing of it leaves any more.
            if (session is { Ended.IsCancellationRequested: true })
            {
                throw _host.Vault.IsSealed ? RpcErrors.Locked() : RpcErrors.Ended();
            }

            _host.LogAnswered(call, "OK");
        }
        catch (Exception failure)
        {
            call.WriteError(_host.ToError(failure, call));
        }

        _outbox.Send(call);
    }

    private async Task FinishAsync()
    {
        if (_outbox.IsBroken)
        {
            await _gone.CancelAsync().ConfigureAwait(false);
        }

        // Without a token: a call that runs uses this connection's buffers until it is done. If the peer is gone, it has been cancelled.
        await _slots.CloseAsync().ConfigureAwait(false);
        await _gone.CancelAsync().ConfigureAwait(false);
        await SignIn.EndAsync().ConfigureAwait(false);
        _calls.Dispose();
    }

    private void Recycle(RpcCall call)
    {
        _calls.Return(call);
        _slots.Release();
    }

    private void StartSignInDeadline()
    {
        if (SignIn.HasSession)
        {
            Volatile.Write(ref _deadline, 0);
        }
        else if (_deadline == 0)
        {
            Volatile.Write(ref _deadline, Deadline(_host.Limits.SignInTimeout));
        }
    }

    private long Deadline(int seconds) => _host.Time.GetTimestamp() + (seconds * _host.Time.TimestampFrequency);
}
