using System.Diagnostics;
using System.Text;

namespace Sanctum.Cli.Scans;

/// <summary>What git would search in a folder: what it tracks, and what it does not ignore. git itself is asked, whose rules have many parts.</summary>
internal static class GitFiles
{
    // A repository's own settings can name programs that git runs. None of them is needed to list files.
    private static readonly string[] Quiet = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

    /// <summary>The files beneath the folder, relative to it; null where git is not there, or the folder is in no work tree.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="withIgnored">Also what is ignored.</param>
    public static IReadOnlyList<string>? List(string folder, bool withIgnored)
    {
        string[] which = withIgnored ? ["--cached", "--others"] : ["--cached", "--others", "--exclude-standard"];
        var start = new ProcessStartInfo("git", [.. Quiet, "-C", folder, "ls-files", "-z", .. which])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        foreach (var name in start.Environment.Keys.Where(name => name is "GIT_DIR" or "GIT_WORK_TREE" or "GIT_INDEX_FILE").ToList())
        {
            start.Environment.Remove(name); // Of a hook that runs this: they would name another tree.
        }

        try
        {
            using var git = Process.Start(start)!;
            git.StandardInput.Close();
            var errors = git.StandardError.ReadToEndAsync();
            using var output = new MemoryStream();
            git.StandardOutput.BaseStream.CopyTo(output);
            git.WaitForExit();
            _ = errors.Result;
            return git.ExitCode == 0 ? [.. Encoding.UTF8.GetString(output.ToArray()).Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)] : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // There is no git.
        }
    }
}
