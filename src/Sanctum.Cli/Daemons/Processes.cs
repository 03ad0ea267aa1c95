using System.Diagnostics;

namespace Sanctum.Cli.Daemons;

/// <summary>Other processes, by their id.</summary>
internal static class Processes
{
    /// <summary>
    /// Whether it runs. One that has ended and was not fetched by its parent does not: in a container whose first process
    /// fetches nobody's, such a one stays in the list for good. See proc_pid_stat(5).
    /// </summary>
    public static bool Runs(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart()[0] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException || IsGone(e))
        {
            return false;
        }
    }

    /// <summary>The last resort, for a daemon of our own that does not stop when told to.</summary>
    public static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return; // It has ended by itself meanwhile, which is what was wanted.
        }
    }

    // ESRCH: it ended between opening and reading.
    private static bool IsGone(Exception e) => e is IOException { HResult: 3 };
}
