using System.IO.Pipelines;
using System.Net.Sockets;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>Copies what passes through a tunnel, unread, in both directions.</summary>
/// <param name="client">The client's side.</param>
/// <param name="host">The host's side.</param>
/// <param name="isOver">Whether nothing may be passed on any more. Asked before anything is.</param>
/// <param name="times">How long nothing may move.</param>
internal sealed class TunnelCopy(IDuplexPipe client, Stream host, Func<bool> isOver, ProxyTimes times)
{
    private long _movedAt;

    /// <summary>Copies until both sides have ended, one has broken, nothing moves for too long, or the tunnel is withdrawn.</summary>
    /// <param name="withdrawn">The tunnel's.</param>
    public async Task RunAsync(CancellationToken withdrawn)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(withdrawn);
        Moved();
        var (up, down) = (UpAsync(over.Token), DownAsync(over.Token));
        var watch = WatchAsync(over);
        try
        {
            // The host has said all: whatever the client still sends, nobody reads. The client has: the host may still have much to say.
            await await Task.WhenAny(up, down).ConfigureAwait(false);
            if (!down.IsCompleted)
            {
                over.CancelAfter(times.HalfClosed);
                await down.ConfigureAwait(false);
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(EndAsync(up), EndAsync(down), EndAsync(watch)).ConfigureAwait(false);
        }
    }

    private async Task UpAsync(CancellationToken over)
    {
        while (true)
        {
            var read = await client.Input.ReadAsync(over).ConfigureAwait(false);
            foreach (var segment in read.Buffer)
            {
                RequireGoing();
                await host.WriteAsync(segment, over).ConfigureAwait(false);
            }

            client.Input.AdvanceTo(read.Buffer.End);
            Moved();
            if (read.IsCompleted)
            {
                (host as NetworkStream)?.Socket.Shutdown(SocketShutdown.Send);
                return;
            }
        }
    }

    private async Task DownAsync(CancellationToken over)
    {
        while (true)
        {
            var count = await host.ReadAsync(client.Output.GetMemory(), over).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            RequireGoing();
            client.Output.Advance(count);
            Moved();
            if ((await client.Output.FlushAsync(over).ConfigureAwait(false)).IsCompleted)
            {
                return;
            }

            Moved();
        }
    }

    private async Task WatchAsync(CancellationTokenSource over)
    {
        while (true)
        {
            var left = times.IdleTunnel - times.Time.GetElapsedTime(Volatile.Read(ref _movedAt));
            if (left <= TimeSpan.Zero)
            {
                await over.CancelAsync().ConfigureAwait(false);
                return;
            }

            await Task.Delay(left, times.Time, over.Token).ConfigureAwait(false);
        }
    }

    // Bytes can have lain here while this process was stopped, and the tunnel been withdrawn.
    private void RequireGoing()
    {
        if (isOver())
        {
            throw new OperationCanceledException("the tunnel was withdrawn");
        }
    }

    private void Moved() => Volatile.Write(ref _movedAt, times.Time.GetTimestamp());

    // How it ended says nothing more once it is over.
    private static Task EndAsync(Task task) => task.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
