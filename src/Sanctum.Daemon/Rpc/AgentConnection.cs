using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Telemetry;
using Sanctum.Protocol;
using Sanctum.Protocol.Framing;
using Sanctum.Sessions;

namespace Sanctum.Daemon.Rpc;

/// <summary>
/// One agent's connection: reads frames, starts calls and keeps order where it matters. A call runs on the reading loop up to
/// its first real wait; then the loop goes on with the next frame.
/// </summary>
internal sealed partial class AgentConnection : IPlacedConnection
{
    // Whoever does not take a refusal does not keep the connection by that.
    private static readonly TimeSpan RefusalPatience = TimeSpan.FromSeconds(1);

    // In milliseconds. Whoever is told that the daemon stops, and calls all the same, does not keep the connection by that.
    private const long Quiet = 100;
    private const long LongestLinger = 1000;

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
    private int _awaited;
    private long _trimmedAt;
    private long _callsSeen, _quietSince, _idleSince;

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

    public AgentHost Host => _host;

    public DaemonTelemetry Telemetry => _host.Telemetry;

    /// <summary>Cancelled when nobody is there any more to take a reply.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Reads and responds until the peer closes, breaks the framing or has to go.</summary>
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
            await _gone.CancelAsync().ConfigureAwait(false);
            return "the peer disconnected";
        }
        finally
        {
            await FinishAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Says why the connection is not served, unless its peer went away or does not read. The error belongs to no request: its id is 0.</summary>
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
            _context.Abort(new ConnectionAbortedException("the peer did not read the refusal"));
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

    /// <summary>
    /// Ends the connection of a daemon that drains, once nothing that it waits for runs on it and no call has come for a moment: whoever calls meanwhile is told to go
    /// elsewhere. Called again and again.
    /// </summary>
    public void EndIfQuiet()
    {
        var (now, calls) = (Environment.TickCount64, _calls.Requests);
        if (Volatile.Read(ref _awaited) > 0)
        {
            (_quietSince, _idleSince) = (0, 0);
            return;
        }

        _idleSince = _idleSince == 0 ? now : _idleSince;
        if (calls != _callsSeen || _quietSince == 0)
        {
            (_callsSeen, _quietSince) = (calls, now);
        }

        if (now - _quietSince >= Quiet || now - _idleSince >= LongestLinger)
        {
            Stop();
        }
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
            _context.Abort(new ConnectionAbortedException("waited too long"));
        }
    }

    private async Task FinishAsync()
    {
        if (_outbox.IsBroken)
        {
            await _gone.CancelAsync().ConfigureAwait(false);
        }

        // Without a token: a call that runs uses this connection's buffers until it is done. If the peer is gone, or goes meanwhile, it is cancelled.
        await WatchedAsync(new ValueTask(_slots.CloseAsync())).ConfigureAwait(false);
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
        if (call.IsAwaited)
        {
            call.IsAwaited = false;
            Interlocked.Decrement(ref _awaited);
        }

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
