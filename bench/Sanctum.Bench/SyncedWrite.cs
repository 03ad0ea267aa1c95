using System.Diagnostics;

namespace Sanctum.Bench;

/// <summary>What one synchronised write costs on this disk, in microseconds: the price of durability that nobody can go below.</summary>
internal static class SyncedWrite
{
    private const int Count = 500;

    public static double P50(string folder, int bytes)
    {
        using var file = new FileStream(Path.Join(folder, "synced"), FileMode.Create);
        var block = new byte[bytes];
        var times = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            file.Write(block);
            file.Flush(flushToDisk: true);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        return times[Count / 2];
    }
}
