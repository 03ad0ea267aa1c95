namespace Sanctum.Cli.Runs.Children;

/// <summary>The last words of this process's command line as bytes: a file's name need not be text.</summary>
internal static class RawArguments
{
    private const string Own = "/proc/self/cmdline";

    public static byte[][] Last(int count) => [.. RawEnvironment.Split(File.ReadAllBytes(Own)).TakeLast(count)];
}
