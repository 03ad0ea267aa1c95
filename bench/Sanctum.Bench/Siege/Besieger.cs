using System.Net.Sockets;

namespace Sanctum.Bench.Siege;

/// <summary>What floods have in common: many doing the same until it is over, and a daemon that turns them away is not their failure.</summary>
internal static class Besieger
{
    /// <summary>Does the same <paramref name="count"/> times side by side, each again and again until cancelled.</summary>
    public static Task ManyAsync(int count, Func<int, Task> once, CancellationToken end) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    await once(number);
                }
                catch (Exception refused) when (IsRefusal(refused))
                {
                    // Turned away, cut off or told so: that is what the daemon is for. A besieger comes again, after a breath.
                    await PauseAsync(TimeSpan.FromMilliseconds(20), end);
                }
            }
        }, CancellationToken.None)));

    /// <summary>Waits, at most until the end.</summary>
    public static async Task PauseAsync(TimeSpan time, CancellationToken end)
    {
        try
        {
            await Task.Delay(time, end);
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    /// <summary>Holds a connection until the end, whatever the daemon does with it.</summary>
    public static Task HoldAsync(CancellationToken end) => PauseAsync(Timeout.InfiniteTimeSpan, end);

    /// <summary>Reads and throws away what comes, until the peer closes or it is over.</summary>
    public static async Task DrainAsync(Socket socket, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, end) > 0)
        {
        }
    }

    private static bool IsRefusal(Exception refused) =>
        refused is SocketException or IOException or OperationCanceledException or Sanctum.Protocol.RpcException;
}
