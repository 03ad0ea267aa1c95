using System.Diagnostics;
using System.Globalization;
using Sanctum.Client;

namespace Sanctum.Sdk.Program;

/// <summary>What calls cost a program: bytes that one <c>sign</c> allocates, and the time in which it connects and signs in.</summary>
internal static class Calls
{
    private const int Warmup = 500, Counted = 2000, Connections = 100;

    /// <summary>Measures.</summary>
    /// <returns><c>BYTES BEST MEDIAN</c>, the times in milliseconds.</returns>
    public static async Task<string> MeasureAsync(string socket, string keys)
    {
        var options = new SanctumClientOptions { SocketPath = socket, KeyDirectory = keys };
        await using var client = await SanctumClient.ConnectAsync("program", options);
        await SignAsync(client, Warmup);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SignAsync(client, Counted);
        var bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / Counted;

        var times = new List<double>();
        for (var i = 0; i < Connections; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await using var another = await SanctumClient.ConnectAsync("program", options);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{bytes} {times[0]:0.00} {times[Connections / 2]:0.00}");
    }

    private static async Task SignAsync(SanctumClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await client.SignAsync("sign/key", "the payload of a webhook");
        }
    }
}
