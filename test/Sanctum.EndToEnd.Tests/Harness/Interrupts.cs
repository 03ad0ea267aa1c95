using System.Globalization;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>Whether Ctrl-C can be tried at all: a shell's background jobs, and all that they start, ignore SIGINT.</summary>
internal static class Interrupts
{
    public static void Require()
    {
        const string Ignored = "SigIgn:";
        var mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Ignored, StringComparison.Ordinal))[Ignored.Length..].Trim();
        Assert.SkipWhen(
            (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0b10) != 0,
            "these tests were started in the background, where SIGINT is ignored");
    }
}
