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
    // Whoever does not take a refusal does not keep the connection by that.
    private static readonly TimeSpan RefusalPatience = TimeSpan.FromSeconds(1);

    private readonly AgentHost _host;
    private readonly ConnectionContext _context;
    private readonly RpcOutbox _outbox;
    private readonly CallSlots _slots;
    private readonly CallPool _calls;
    private readonly CancellationTokenSource _gone = new();
    private readonly PayloadScratch _scratch = new();
    private long _deadline;
    private volatile bool _stopping;
    private volatile RpcException? _farewell;
    private MemoryShare? _share;
    private long _trimmedAt;

    public AgentConnection(AgentHost host, ConnectionContext context, ConnectionPeer peer)
    {
        _host = host;
        _context = context;
        Peer = peer;
        _calls = new CallPool(this);
        _outbox = new RpcOutbox(context.Transport.Output, Recycle, host.Time);
        _slots = new CallSlots(host.Limits.RequestsInFlight, _outbox);
        SignIn = new AgentSignIn(host.Vault, host, this);
        StartSignInDeadline();
    }

    public string Id => _context.ConnectionId;

    /// <summary>Where it comes from.</summary>
    public ConnectionPeer Peer { get; }

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

    /// <summary>Says why the connection is not served, unless its peer went away or does not read. The error answers no request: its id is 0.</summary>
    public async Task RefuseAsync(RpcException why)
    {
        using var call = new RpcCall(this);
        call.WriteError(_host.ToError(why, call));
        using var patience = new CancellationTokenSource(RefusalPatience, _host.Time);
        try
        {
            await _context.Transport.Output.WriteAsync(call.Reply.Frame, patience.Token).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or OperationCanceledException)
        {
            _context.Abort(new ConnectionAbortedException("the refusal was not taken"));
        }
    }

    /// <summary>Starts no more calls, ends when those that run are done, and tells its peer why.</summary>
    public void End(RpcException why)
    {
        _farewell = why;
        Stop();
    }

    /// <summary>An agent has signed in; its calls are counted together on all its connections.</summary>
    public void SignedIn(MemoryShare share) => _share = share;

    /// <summary>The agent has signed out; the connection is one that has not signed in again.</summary>
    public void SignedOut() => _host.SignedOut(this);

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
            var examined = received.End;
            var (rest, large) = await StartSmallAsync(received).ConfigureAwait(false);
            if (large > 0)
            {
                partial = false;
                input.AdvanceTo(rest.Start);
                await StartLargeAsync(input, large).ConfigureAwait(false);
                continue;
            }

            partial &= rest.Start.Equals(received.Start);
            input.AdvanceTo(rest.Start, examined);
            if (!rest.IsEmpty && !partial && SignIn.HasSession)
            {
                partial = true;
                Volatile.Write(ref _deadline, Deadline(_host.Limits.FrameTimeout));
            }

            if (read.IsCompleted)
            {
                return rest.IsEmpty ? "closed by the peer" : "closed by the peer within a frame";
            }

            if (_outbox.IsBroken)
            {
                return "the peer does not read any more";
            }
        }

        return _farewell is null ? "the daemon is stopping" : _farewell.Message;
    }

    private int FrameLimit => SignIn.HasSession ? _host.Limits.RequestFrame : FrameLimits.Unauthenticated;

    // Starts the calls that have been received whole. Stops before a large one, past its length: it is gathered elsewhere.
    private async ValueTask<(ReadOnlySequence<byte> NotStarted, int Large)> StartSmallAsync(ReadOnlySequence<byte> received)
    {
        _outbox.Cork();
        try
        {
            while (!_stopping && FrameReader.TryReadLength(received, FrameLimit, out var length))
            {
                if (length > LargeFrame.Smallest)
                {
                    return (received.Slice(FrameLimits.Prefix), length);
                }

                if (!FrameReader.TryRead(ref received, FrameLimit, out var payload))
                {
                    break;
                }

                Volatile.Write(ref _deadline, SignIn.HasSession ? 0 : _deadline);
                await StartAsync(payload).ConfigureAwait(false);
            }
        }
        finally
        {
            _outbox.Uncork();
        }

        return (received, 0);
    }

    private async Task StartLargeAsync(PipeReader input, int length)
    {
        var cost = MemoryShare.CostOf(length);
        try
        {
            if (!await TakeMemoryAsync(cost).ConfigureAwait(false))
            {
                End(RpcErrors.NoMemory());
                return;
            }

            using var frame = new LargeFrame(length);
            if (await ReceiveAsync(frame, input, cost).ConfigureAwait(false))
            {
                _outbox.Cork();
                await StartAsync(frame.Payload, cost).ConfigureAwait(false);
            }
        }
        finally
        {
            _outbox.Uncork();
        }
    }

    // Meanwhile replies leave. When it does not come whole, reading on finds out why.
    private async Task<bool> ReceiveAsync(LargeFrame frame, PipeReader input, long cost)
    {
        var whole = false;
        _outbox.Uncork();
        Volatile.Write(ref _deadline, Deadline(_host.Limits.FrameTimeout));
        try
        {
            return whole = await frame.ReadAsync(input, _gone.Token).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _deadline, 0);
            _share?.Adjust(whole ? 0 : -cost);
        }
    }

    private async ValueTask StartAsync(ReadOnlySequence<byte> payload)
    {
        var cost = MemoryShare.CostOf(payload.Length);
        if (_share?.TryTake(cost) == false && !await TakeMemoryAsync(cost).ConfigureAwait(false))
        {
            End(RpcErrors.NoMemory());
            return;
        }

        try
        {
            await StartAsync(_scratch.Contiguous(payload), cost).ConfigureAwait(false);
        }
        finally
        {
            _scratch.Clear();
        }
    }

    private async ValueTask StartAsync(ReadOnlyMemory<byte> payload, long cost)
    {
        RpcCall call;
        try
        {
            await _slots.TakeAsync(_gone.Token).ConfigureAwait(false);
            call = _calls.Take();
        }
        catch
        {
            _share?.Adjust(-cost);
            throw;
        }

        call.Hold(_share, cost);
        var running = Dispatch(payload, call, out var later);
        if (later is null)
        {
            _ = CompleteAsync(running, call, SignIn.Session);
        }
        else if (later.ChangesSession)
        {
            await AloneAsync(payload, call, later).ConfigureAwait(false);
        }
        else
        {
            await AllowedAsync(payload, call, later).ConfigureAwait(false);
        }
    }

    // The reply can be large, and there is no memory for it yet.
    private async ValueTask AllowedAsync(ReadOnlyMemory<byte> payload, RpcCall call, RpcMethod method)
    {
        var running = ValueTask.FromException(RpcErrors.NoMemory());
        try
        {
            if (await TakeMemoryAsync(method.ReplyAllowance).ConfigureAwait(false))
            {
                call.Hold(_share, method.ReplyAllowance);
                running = Run(payload, call, method);
            }
        }
        catch (OperationCanceledException)
        {
            Recycle(call);
            throw;
        }

        _ = CompleteAsync(running, call, SignIn.Session);
    }

    // What is waited for can be held by replies that are being held back: they leave first. False when it takes too long.
    private async ValueTask<bool> TakeMemoryAsync(long count)
    {
        if (_share is null || _share.TryTake(count))
        {
            return true;
        }

        _outbox.Uncork();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(_host.Limits.FrameTimeout), _host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _gone.Token);
        try
        {
            await _share.TakeAsync(count, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!_gone.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            _outbox.Cork();
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

    // Runs the call, unless it has to wait: then it says what for.
    private ValueTask Dispatch(ReadOnlyMemory<byte> payload, RpcCall call, out RpcMethod? later)
    {
        later = null;
        try
        {
            var method = Find(payload, call, out var request);
            if (method.ChangesSession || !TryAllow(method, call))
            {
                later = method;
                return default;
            }

            return method.RunAsync(request, call);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException(failure);
        }
    }

    private bool TryAllow(RpcMethod method, RpcCall call)
    {
        if (method.ReplyAllowance == 0 || _share is null)
        {
            return true;
        }

        if (!_share.TryTake(method.ReplyAllowance))
        {
            return false;
        }

        call.Hold(_share, method.ReplyAllowance);
        return true;
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

        call.HoldReply();
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
        if (_farewell is { } why && !_outbox.IsBroken)
        {
            await RefuseAsync(why).ConfigureAwait(false);
        }

        await SignIn.EndAsync().ConfigureAwait(false);
        _calls.Dispose();
    }

    private void Recycle(RpcCall call)
    {
        _calls.Return(call);
        _slots.Release();
    }

    /// <summary>Gives up what an idle connection does not need. Called about once a second.</summary>
    public void TrimIfIdle()
    {
        var requests = _calls.Requests;
        if (requests == _trimmedAt)
        {
            _calls.Trim();
        }

        _trimmedAt = requests;
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
