using System.Diagnostics;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>The real executable: the one that SANCTUM_TEST_EXECUTABLE names (a native build), or the one built with these tests.</summary>
internal static class SanctumExecutable
{
    /// <summary>A process to be started with the executable's arguments, with nothing of this one's environment that it could lean on.</summary>
    public static ProcessStartInfo Start(IEnumerable<string> arguments)
    {
        var native = Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE");
        var start = native is { Length: > 0 }
            ? new ProcessStartInfo(native, arguments)
            : new ProcessStartInfo("dotnet", [Built, .. arguments]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SANCTUM_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    private static string Built { get; } = Path.GetFullPath(Path.Join(
        Repository.Root,
        "src/Sanctum.Cli/bin",
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug",
        "net10.0/sanctum.dll"));
}
