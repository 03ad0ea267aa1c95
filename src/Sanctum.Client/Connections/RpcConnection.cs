using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;

namespace Sanctum.Client.Connections;

/// <summary>
/// One connection that many calls share: requests go out one after the other, replies come back in any order and are matched by id.
/// </summary>
internal sealed class RpcConnection : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, PendingCall> _pending = [];
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly FrameBuffer _outgoing = new();
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Task _receiving;
    private CancellationTokenSource? _timer;
    private long _lastId;
    private bool _isBroken;
    private Exception? _reason;

    // Set once no more calls are taken.
    private TaskCompletionSource? _finished;

    /// <param name="stream">Connected; it is this one's to close.</param>
    /// <param name="time">The clock.</param>
    public RpcConnection(Stream stream, TimeProvider time)
    {
        _stream = stream;
        _time = time;
        _receiving = ReceiveAsync();
    }

    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return !_isBroken;
            }
        }
    }

    /// <summary>Completes when nothing comes any more.</summary>
    public Task Ended => _receiving;

    /// <summary>Takes no more calls, and completes when those that wait have their replies.</summary>
    public Task FinishAsync()
    {
        lock (_lock)
        {
            _finished ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TellFinished();
            return _finished.Task;
        }
    }

    /// <summary>Sends a call and waits for its reply.</summary>
    /// <exception cref="NotSentException">The connection was already gone.</exception>
    /// <exception cref="VaultConnectionException">The daemon took nothing in for <paramref name="timeout"/>; the call was not sent.</exception>
    /// <exception cref="OutcomeUnknownException">It broke, or <paramref name="timeout"/> passed, after the call was sent.</exception>
    /// <exception cref="VaultException">The vault refused the call.</exception>
    public async Task<T> CallAsync<TParams, T>(
        string method,
        string? traceParent,
        TParams parameters,
        JsonTypeInfo<TParams> type,
        Func<RpcReply, T> read,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var late = TakeTimer(timeout);
        try
        {
            var call = new PendingCall<T>(method, timeout, read);

            // Mostly nobody else is writing.
            if (!_writing.Wait(0, cancellationToken))
            {
                await WaitToWriteAsync(call, late.Token, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                FrameWriter.WriteRequest(_outgoing, _lastId + 1, call.Method, parameters, type, traceParent);
                if (_outgoing.PayloadLength > FrameLimits.Request)
                {
                    throw new ArgumentException($"the call would be a frame of {_outgoing.PayloadLength} bytes, and {FrameLimits.Request} is the limit", nameof(parameters));
                }

                Register(call);
            }
            catch
            {
                _outgoing.Reset();
                _writing.Release();
                throw;
            }

            // Not awaited here: a caller that cancels must get away at once, and half a frame must still be completed.
            _ = SendAsync();

            using var givingUp = late.Token.UnsafeRegister(static it => ((PendingCall)it!).GiveUp(), call);
            using var cancelling = cancellationToken.UnsafeRegister(static (it, token) => ((PendingCall)it!).Abandon(token), call);
            return await call.Reply.ConfigureAwait(false);
        }
        finally
        {
            GiveBack(late);
        }
    }

    /// <summary>Closes the connection; calls that wait fail with <see cref="OutcomeUnknownException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        Break(new ObjectDisposedException(nameof(SanctumClient)));
        await _receiving.ConfigureAwait(false);

        // Whoever writes is done soon, for the stream is closed; the buffer may hold what it wrote.
        await _writing.WaitAsync().ConfigureAwait(false);
        _outgoing.Dispose();
        _writing.Release();
        Interlocked.Exchange(ref _timer, null)?.Dispose();
    }

    // One that has run out, or has another clock than the system's, can't be used again.
    private CancellationTokenSource TakeTimer(TimeSpan timeout)
    {
        if (Interlocked.Exchange(ref _timer, null) is not { } timer)
        {
            return new CancellationTokenSource(timeout, _time);
        }

        timer.CancelAfter(timeout);
        return timer;
    }

    private void GiveBack(CancellationTokenSource timer)
    {
        if (_time != TimeProvider.System || !timer.TryReset() || Interlocked.CompareExchange(ref _timer, timer, null) is not null)
        {
            timer.Dispose();
        }
    }

    private async ValueTask WaitToWriteAsync(PendingCall call, CancellationToken late, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late, cancellationToken);
        try
        {
            await _writing.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException stuck) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.NotSentInTime(call.Method, call.Timeout, stuck);
        }
    }

    private void Register(PendingCall call)
    {
        lock (_lock)
        {
            if (_isBroken || _finished is not null)
            {
                throw new NotSentException(_reason);
            }

            _pending.Add(++_lastId, call);
        }
    }

    private async Task SendAsync()
    {
        try
        {
            await _stream.WriteAsync(_outgoing.Frame).ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is IOException or ObjectDisposedException)
        {
            Break(lost);
        }
        finally
        {
            _outgoing.Reset();
            _writing.Release();
        }
    }

    private async Task ReceiveAsync() =>
        Break(await IncomingFrames.ReadAllAsync(_stream, Deliver).ConfigureAwait(false));

    private void Deliver(ReadOnlyMemory<byte> payload)
    {
        var reply = RpcReply.Parse(payload);
        if (Find(reply) is { } call)
        {
            call.Complete(reply);
        }
        else if (reply is { Id: 0, Error: { } farewell })
        {
            // It belongs to no call: why the connection is not served, or not any more.
            Break(Errors.From(farewell));
        }
        else
        {
            throw new FrameException($"the daemon responded to a call that was not waiting ({reply.Id})");
        }
    }

    private PendingCall? Find(RpcReply reply)
    {
        lock (_lock)
        {
            if (_pending.Remove(reply.Id, out var call))
            {
                TellFinished();
                return call;
            }

            // A daemon that could not read the id responds with 0. With one call waiting, there is no doubt whose response it is.
            if (reply is { Id: 0, Error: not null } && _pending.Count == 1)
            {
                call = _pending.Values.Single();
                _pending.Clear();
                TellFinished();
                return call;
            }
        }

        return null;
    }

    // Under the lock.
    private void TellFinished()
    {
        if (_pending.Count == 0)
        {
            _finished?.TrySetResult();
        }
    }

    private void Break(Exception reason)
    {
        PendingCall[] waiting;
        lock (_lock)
        {
            if (_isBroken)
            {
                return;
            }

            (_isBroken, _reason) = (true, reason);
            waiting = [.. _pending.Values];
            _pending.Clear();
            TellFinished();
        }

        _stream.Dispose();
        foreach (var call in waiting)
        {
            call.Fail(Errors.OutcomeUnknown(call.Method, reason));
        }
    }
}
