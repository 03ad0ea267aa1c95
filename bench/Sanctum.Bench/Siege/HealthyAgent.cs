using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Sanctum.Protocol;

namespace Sanctum.Bench.Siege;

/// <summary>How long a healthy agent waited during a flood, in milliseconds.</summary>
/// <param name="Lists">For each <c>list</c> on the connection that it has had all along.</param>
/// <param name="SignIns">For each time it came anew: connecting, signing in and one <c>list</c>.</param>
/// <param name="Refused">What it was told instead, where it was turned away.</param>
internal sealed record Waits(List<double> Lists, List<double> SignIns, List<string> Refused);

/// <summary>The agent beside the flood: it lists what it may use, over and over, and now and then comes anew.</summary>
internal sealed class HealthyAgent(SiegeField field)
{
    private static readonly TimeSpan BetweenLists = TimeSpan.FromMilliseconds(10);
    // Who waits longer than this has not been served; the wait counts as this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenSignIns = TimeSpan.FromMilliseconds(250);

    private readonly byte[] _list = AgentWire.ListFrame();

    public async Task<Waits> RunAsync(CancellationToken end)
    {
        var waits = new Waits([], [], []);
        await Task.WhenAll(Task.Run(() => ListAsync(waits, end), CancellationToken.None), Task.Run(() => ComeAnewAsync(waits, end), CancellationToken.None));
        return waits;
    }

    private async Task ListAsync(Waits waits, CancellationToken end)
    {
        Socket? socket = null;
        while (!end.IsCancellationRequested)
        {
            var served = await MeasureAsync(waits, waits.Lists, "list", async () =>
            {
                socket ??= await field.SignInAsync(SiegeField.Healthy);
                await CallAsync(socket);
            });
            if (!served)
            {
                socket?.Dispose();
                socket = null;
            }

            await Besieger.PauseAsync(BetweenLists, end);
        }

        socket?.Dispose();
    }

    private async Task ComeAnewAsync(Waits waits, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await MeasureAsync(waits, waits.SignIns, "sign-in", async () =>
            {
                using var socket = await field.SignInAsync(SiegeField.Healthy);
                await CallAsync(socket);
            });
            await Besieger.PauseAsync(BetweenSignIns, end);
        }
    }

    private static async Task<bool> MeasureAsync(Waits waits, List<double> times, string what, Func<Task> call)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await call().WaitAsync(Patience);
            return true;
        }
        catch (Exception lost) when (lost is IOException or SocketException or InvalidOperationException or TimeoutException or ObjectDisposedException or RpcException)
        {
            lock (waits.Refused)
            {
                waits.Refused.Add($"{what}: {lost.Message}");
            }

            return false;
        }
        finally
        {
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private async Task CallAsync(Socket socket)
    {
        var reply = await Load.CallAsync(socket, _list, new byte[64 * 1024]);
        if (reply.AsSpan(0, 64).IndexOf("\"error\""u8) >= 0)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(reply.AsSpan(4, 200)));
        }
    }
}
