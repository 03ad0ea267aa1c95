using System.Globalization;

namespace Sanctum.Tests;

/// <summary>The processes that a process has started, see proc_tid_children(5).</summary>
internal static class ChildProcesses
{
    // "No such process": the thread ended between being found and being read.
    private const int Gone = 3;

    /// <summary>The ids of those that run now. Each is a child of the thread that started it.</summary>
    public static IEnumerable<int> Of(int process) =>
        Directory.GetDirectories($"/proc/{process}/task")
            .SelectMany(thread => ChildrenOf(thread).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    private static string ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Join(thread, "children")).Trim();
        }
        catch (Exception ended) when (ended is FileNotFoundException or DirectoryNotFoundException or IOException { HResult: Gone })
        {
            return "";
        }
    }
}
