using System.Buffers;
using System.IO.Pipelines;
using Sanctum.Protocol.Framing;

namespace Sanctum.Daemon.Rpc;

/// <content>From bytes to whole frames.</content>
internal sealed partial class AgentConnection
{
    // Calls that never wait, such as refusals, would keep their thread for as long as the peer sends, and there are few threads.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(0.5);

    private long _turnSince;

    private async Task<string> ReadAsync(PipeReader input)
    {
        var partial = false;
        while (!_stopping)
        {
            var read = await ReadInTurnAsync(input).ConfigureAwait(false);
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
                _gone.CancelAfter(HangUpPatience);
                return rest.IsEmpty ? "closed by the peer" : "closed by the peer within a frame";
            }

            if (_outbox.IsBroken)
            {
                return "the peer stopped reading";
            }
        }

        return _farewell is null ? "the daemon is stopping" : _farewell.Message;
    }

    // Whoever has to wait for its peer begins a new turn.
    private ValueTask<ReadResult> ReadInTurnAsync(PipeReader input)
    {
        var reading = input.ReadAsync(_gone.Token);
        _turnSince = reading.IsCompleted ? _turnSince : 0;
        return reading;
    }

    // While the daemon drains, what has arrived gets the response that nothing was done for it.
    private bool MayStart => !_stopping || (_host.Drain.HasBegun && _farewell is null);

    private int FrameLimit => SignIn.HasSession ? _host.Limits.RequestFrame : FrameLimits.Unauthenticated;

    // Starts the calls that have been received whole. Stops before a large one, past its length: it is gathered elsewhere.
    private async ValueTask<(ReadOnlySequence<byte> NotStarted, int Large)> StartSmallAsync(ReadOnlySequence<byte> received)
    {
        _outbox.Cork();
        try
        {
            while (MayStart && FrameReader.TryReadLength(received, FrameLimit, out var length))
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
                await EndTurnIfOverAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _outbox.Uncork();
        }

        return (received, 0);
    }

    // Whoever has had its turn goes to the end of the thread pool's queue, and its replies leave.
    private async ValueTask EndTurnIfOverAsync()
    {
        var now = _host.Time.GetTimestamp();
        if (_turnSince == 0)
        {
            _turnSince = now;
        }
        else if (_host.Time.GetElapsedTime(_turnSince, now) >= Turn)
        {
            _outbox.Uncork();
            await Task.Yield();
            _outbox.Cork();
            _turnSince = 0;
        }
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
                await EndTurnIfOverAsync().ConfigureAwait(false);
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
}
