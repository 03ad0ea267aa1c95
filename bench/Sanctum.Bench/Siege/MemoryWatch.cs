using System.Globalization;

namespace Sanctum.Bench.Siege;

/// <summary>What a process holds, in MiB of resident memory, looked at ten times a second.</summary>
internal sealed class MemoryWatch(int processId)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>What it holds now; 0 when there is no such process any more.</summary>
    public double Now()
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>The most that it held until the end.</summary>
    public async Task<double> PeakAsync(CancellationToken end)
    {
        var peak = Now();
        while (!end.IsCancellationRequested)
        {
            await Besieger.PauseAsync(Interval, end);
            peak = Math.Max(peak, Now());
        }

        return peak;
    }
}
