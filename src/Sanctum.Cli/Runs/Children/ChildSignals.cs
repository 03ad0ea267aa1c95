using System.Globalization;

namespace Sanctum.Cli.Runs.Children;

/// <summary>Which signals a child starts with as they are by default: all but those that this process was told to ignore, as <c>nohup</c> does.</summary>
internal static class ChildSignals
{
    private const int Broken = 13, ChildSignal = 17, FileSize = 25, Last = 64;
    private const string Status = "/proc/self/status";
    private const string Ignored = "SigIgn:";

    // The C library keeps these two for itself.
    private static readonly int[] Reserved = [32, 33];

    /// <summary>To be asked before this process sets up signals of its own.</summary>
    public static IReadOnlyList<int> Defaults()
    {
        var ignored = ReadIgnored();

        // .NET ignores the first of these, and this program the second: nobody told them to.
        return [.. Enumerable.Range(1, Last).Where(signal => !Reserved.Contains(signal) && signal is not (Spawn.Kill or Spawn.Stop) && (signal is Broken or FileSize || !Has(ignored, signal)))];
    }

    /// <summary>Where this process was told to ignore the ends of its children, the system would forget how they ended.</summary>
    public static void KeepEndsOfChildren()
    {
        if (Has(ReadIgnored(), ChildSignal))
        {
            _ = Spawn.Handle(ChildSignal, 0);
        }
    }

    private static bool Has(ulong signals, int signal) => (signals >> (signal - 1) & 1) != 0;

    private static ulong ReadIgnored() => File.ReadLines(Status).Where(line => line.StartsWith(Ignored, StringComparison.Ordinal))
        .Select(line => ulong.Parse(line.AsSpan(Ignored.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).FirstOrDefault();
}
