using System.Diagnostics;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>The real executable: the one that SANCTUM_TEST_EXECUTABLE names (one that is compiled beforehand), or the one built with these tests.</summary>
internal static class SanctumExecutable
{
    /// <summary>A process to be started with the executable's arguments, with nothing of this one's environment that it could lean on.</summary>
    public static ProcessStartInfo Start(IEnumerable<string> arguments) => Start(arguments, []);

    /// <summary>The same under another program, which runs the rest of its arguments.</summary>
    public static ProcessStartInfo Start(IEnumerable<string> arguments, string[] under)
    {
        var native = Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE");
        string[] command = [.. under, .. native is { Length: > 0 } ? (string[])[native] : ["dotnet", Built], .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]);
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
