using System.Buffers;
using System.Diagnostics;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;
using Sanctum.Sessions;

namespace Sanctum.Daemon.Rpc;

/// <content>From a frame to the reply.</content>
internal sealed partial class AgentConnection
{
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
            await WatchedAsync(_slots.TakeAsync(_gone.Token)).ConfigureAwait(false);
            call = _calls.Take();
        }
        catch
        {
            _share?.Adjust(-cost);
            throw;
        }

        if (!_host.Drain.HasBegun)
        {
            call.IsAwaited = true;
            Interlocked.Increment(ref _awaited);
        }

        call.Hold(_share, cost);
        var running = Dispatch(payload, call, out var later);
        if (later is null)
        {
            _ = CompleteAsync(running, call, SignIn.Session);
        }
        else if (later.ChangesSession)
        {
            await WatchedAsync(AloneAsync(payload, call, later)).ConfigureAwait(false);
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
            await WatchedAsync(new ValueTask(_share.TakeAsync(count, either.Token))).ConfigureAwait(false);
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

    /// <summary>Takes the memory for a reply that is about to be made and can be large, which its request did not tell.</summary>
    /// <param name="call">The call.</param>
    /// <param name="bytes">How long the reply will be, about.</param>
    /// <exception cref="RpcException">There is none for too long; rate limited.</exception>
    public async ValueTask TakeReplyMemoryAsync(RpcCall call, long bytes)
    {
        if (_share is not { } share)
        {
            return;
        }

        // What was taken for its request, which is gone, is the reply's. More than the agent can ever have would be waited for in vain.
        var count = Math.Min(MemoryShare.CostOfReply(Math.Min(bytes, FrameLimits.Reply)), share.Most) - call.Held;
        if (count <= 0)
        {
            return;
        }

        if (!share.TryTake(count))
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(_host.Limits.FrameTimeout), _host.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _gone.Token);
            try
            {
                await share.TakeAsync(count, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!_gone.IsCancellationRequested)
            {
                throw RpcErrors.NoMemory();
            }
        }

        call.Hold(share, count);
    }

    // Every other call of the connection is done before this one starts, and none starts before it is done.
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

    // Runs the call, unless it has to wait: then it says what for. Its span is that of what it runs, and not of the connection.
    private ValueTask Dispatch(ReadOnlyMemory<byte> payload, RpcCall call, out RpcMethod? later)
    {
        var outside = Activity.Current;
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
        finally
        {
            Activity.Current = outside;
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
        var outside = Activity.Current;
        Activity.Current = call.Span;
        try
        {
            return method.RunAsync(RpcRequest.Parse(payload, out _, _host.Limits.RequestTokens), call);
        }
        catch (Exception failure)
        {
            return ValueTask.FromException(failure);
        }
        finally
        {
            Activity.Current = outside;
        }
    }

    private RpcMethod Find(ReadOnlyMemory<byte> payload, RpcCall call, out RpcRequest request)
    {
        long id = 0;
        try
        {
            request = RpcRequest.Parse(payload, out id, _host.Limits.RequestTokens);
        }
        catch
        {
            call.Identify(id, jsonRpc: false);
            throw;
        }

        call.Identify(id, request.JsonRpc);
        var method = RpcMethods.Find(request.Method) ?? throw RpcErrors.UnknownMethod();
        call.Method = method.Name;
        call.Trace(request.Trace);
        if (_host.Drain.HasBegun && !method.OnlyEnds)
        {
            throw RpcErrors.Stopping();
        }

        return _host.Vault.IsSealed ? throw RpcErrors.LockedBefore() : method;
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

            _host.LogOutcome(call, "OK");
            call.End(null);
        }
        catch (Exception failure)
        {
            var error = _host.ToError(failure, call);
            call.End(error.Code);
            call.WriteError(error);
        }

        call.HoldReply();
        _outbox.Send(call);
    }
}
