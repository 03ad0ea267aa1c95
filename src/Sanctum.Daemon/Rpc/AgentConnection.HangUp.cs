using Microsoft.AspNetCore.Connections.Features;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Rpc;

/// <content>
/// A peer that hangs up while nobody reads. While the reading loop waits for a place, for memory or for other calls to end, the end of the connection shows
/// at the transport alone. The calls that run for a peer that is not there would go on, and what is waited for can be one of them.
/// </content>
internal sealed partial class AgentConnection
{
    private const int NotWatched = 0, Watched = 1, HungUp = 2;

    // Whoever closed one side only gets the replies that are almost there.
    private static readonly TimeSpan HangUpPatience = TimeSpan.FromSeconds(1);

    private int _watch;

    /// <summary>
    /// Notices that the peer has hung up, while nobody reads. Called about once a second. The transport itself does not see it behind bytes that it has no
    /// room for.
    /// </summary>
    public void NoticeHangUp()
    {
        if (Volatile.Read(ref _watch) == Watched && _context.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } && NativeMethods.HasHungUp(socket.SafeHandle))
        {
            OnHangUp();
        }
    }

    private ValueTask WatchedAsync(ValueTask waiting) => waiting.IsCompleted ? waiting : UntilHangUpAsync(waiting);

    private async ValueTask UntilHangUpAsync(ValueTask waiting)
    {
        Volatile.Write(ref _watch, Watched);
        var closed = _context.ConnectionClosed.UnsafeRegister(static it => ((AgentConnection)it!).OnHangUp(), this);
        try
        {
            await waiting.ConfigureAwait(false);
        }
        finally
        {
            await closed.DisposeAsync().ConfigureAwait(false);

            // It came about all the same: what else has been received gets its turn as well, and then reading finds the end.
            if (Interlocked.Exchange(ref _watch, NotWatched) == HungUp)
            {
                _gone.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }
    }

    // Once for each wait: to be told again must not put it off.
    private void OnHangUp()
    {
        if (Interlocked.CompareExchange(ref _watch, HungUp, Watched) == Watched)
        {
            _gone.CancelAfter(HangUpPatience);
        }
    }
}
