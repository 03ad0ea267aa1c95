using System.Buffers;
using System.IO.Pipelines;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// A connection's replies on their way out. Any thread may send; one at a time writes, and takes with it whatever is ready.
/// A reply counts as running until the peer's buffer has taken it, so that a peer who does not read soon has no calls running.
/// </summary>
/// <param name="output">The connection's output.</param>
/// <param name="taken">Called with each call whose reply has been taken, or can't be delivered any more.</param>
/// <param name="time">The clock.</param>
internal sealed class RpcOutbox(PipeWriter output, Action<RpcCall> taken, TimeProvider time)
{
    private const int Piece = 32 * 1024;

    private readonly Lock _gate = new();
    private List<RpcCall> _waiting = [];
    private List<RpcCall> _writing = [];
    private bool _busy;
    private bool _corked;
    private bool _broken;
    private long _flushingSince;

    /// <summary>Whether the peer can't be written to any more.</summary>
    public bool IsBroken => Volatile.Read(ref _broken);

    /// <summary>Since when the peer has not taken a reply; 0 when none is waiting for it.</summary>
    public long FlushingSince => Volatile.Read(ref _flushingSince);

    public void Send(RpcCall call)
    {
        lock (_gate)
        {
            _waiting.Add(call);
            if (_busy || _corked)
            {
                return;
            }

            _busy = true;
        }

        _ = WriteAsync();
    }

    /// <summary>Holds replies back while more requests of the same read are being started: they then leave together.</summary>
    public void Cork()
    {
        lock (_gate)
        {
            _corked = true;
        }
    }

    public void Uncork()
    {
        lock (_gate)
        {
            _corked = false;
            if (_busy || _waiting.Count == 0)
            {
                return;
            }

            _busy = true;
        }

        _ = WriteAsync();
    }

    private async Task WriteAsync()
    {
        while (TakeWaiting() is { } calls)
        {
            var done = _broken ? 0 : await WriteAsync(calls).ConfigureAwait(false);
            TakenUpTo(calls, calls.Count, ref done);
            calls.Clear();
        }
    }

    // Never throws: a peer that went away is no failure of ours, and there is nobody to tell. Small replies leave together, a large one in pieces, so that
    // the transport never holds much more than a piece.
    private async ValueTask<int> WriteAsync(List<RpcCall> calls)
    {
        var (done, unflushed) = (0, 0);
        try
        {
            for (var i = 0; i < calls.Count && !_broken; i++)
            {
                Volatile.Write(ref _flushingSince, time.GetTimestamp());
                for (var left = calls[i].Reply.Frame; !left.IsEmpty && !_broken;)
                {
                    var piece = left[..Math.Min(left.Length, Piece - unflushed)];
                    output.Write(piece.Span);
                    (left, unflushed) = (left[piece.Length..], unflushed + piece.Length);
                    if (unflushed == Piece)
                    {
                        unflushed = 0;
                        await FlushAsync().ConfigureAwait(false);
                        TakenUpTo(calls, i, ref done);
                    }
                }
            }

            await FlushAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The transport has completed the pipe: the reading side sees the same and ends the connection.
            Volatile.Write(ref _broken, true);
        }
        finally
        {
            Volatile.Write(ref _flushingSince, 0);
        }

        return done;
    }

    private async ValueTask FlushAsync()
    {
        var flushed = await output.FlushAsync().ConfigureAwait(false);
        Volatile.Write(ref _broken, flushed.IsCompleted);
    }

    private void TakenUpTo(List<RpcCall> calls, int end, ref int done)
    {
        for (; done < end; done++)
        {
            taken(calls[done]);
        }
    }

    private List<RpcCall>? TakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _busy = false;
                return null;
            }

            (_waiting, _writing) = (_writing, _waiting);
            return _writing;
        }
    }
}
