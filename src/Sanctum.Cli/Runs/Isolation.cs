using System.Globalization;
using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Daemons;
using Sanctum.Cli.Runs.Inside;

namespace Sanctum.Cli.Runs;

/// <summary>
/// A run in a network of its own, made by bubblewrap: nothing leads out of it but the daemon's proxy socket, which the file system carries across. A program
/// that knows of no proxy is led there too, by name. The vault's folder is hidden, and so are other processes.
/// </summary>
internal static class Isolation
{
    /// <summary>The hidden command that this executable runs inside.</summary>
    public const string InnerCommand = "run-inside";

    /// <summary>Nobody else listens in the network of a run.</summary>
    public const int Port = 3128;

    private const string Bubblewrap = "bwrap";

    /// <summary>The command line that runs a program inside.</summary>
    /// <param name="vault">The vault's folder, which need not exist: a daemon of another user's has its own elsewhere.</param>
    /// <param name="keys">The agent's key, and what opens it, where they lie elsewhere.</param>
    /// <param name="socket">The daemon's proxy socket.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="token">The run's token.</param>
    /// <param name="command">The program and its arguments.</param>
    public static IReadOnlyList<byte[]> Around(string vault, IEnumerable<string> keys, string socket, RunFolder folder, string token, IReadOnlyList<byte[]> command)
    {
        RequireBubblewrap();
        var (secret, way) = (RealPath.Of(vault), RealPath.Of(socket));

        // What does not exist is not made for it, and a file in a folder that is hidden is hidden already.
        var hidden = Directory.Exists(secret) ? (string[])["--tmpfs", secret] : [];
        var files = keys.Select(RealPath.Of).Where(key => File.Exists(key) && !key.StartsWith(secret + '/', StringComparison.Ordinal));
        string[] outer =
        [
            Bubblewrap, "--dev-bind", "/", "/", "--unshare-net", "--unshare-pid", "--proc", "/proc", "--die-with-parent", "--cap-drop", "ALL", "--cap-add", "CAP_NET_BIND_SERVICE", "--cap-add", "CAP_NET_ADMIN",
            .. hidden, .. IsolationFiles.NameOptions(folder), .. files.SelectMany(key => (string[])["--ro-bind", "/dev/null", key]), "--bind", way, way, "--", .. Executable.Words(), InnerCommand, way, IsolationFiles.Write(folder, token), "--",
        ];
        return [.. outer.Select(Encoding.UTF8.GetBytes), .. command];
    }

    /// <summary>The process inside that passes signals on to the program, from outside: the first descendant that runs this executable.</summary>
    public static int Inner(int bubblewrap)
    {
        var waiting = new Queue<int>(ChildrenOf(bubblewrap));
        while (waiting.TryDequeue(out var process))
        {
            if (File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: false)?.FullName == Environment.ProcessPath)
            {
                return process;
            }

            ChildrenOf(process).ForEach(waiting.Enqueue);
        }

        return bubblewrap;
    }

    private static void RequireBubblewrap()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Join(folder, Bubblewrap))))
        {
            throw CliErrors.NoBubblewrap();
        }
    }

    private static List<int> ChildrenOf(int process)
    {
        try
        {
            return
            [
                .. from thread in Directory.GetDirectories($"/proc/{process}/task")
                   from child in File.ReadAllText(Path.Join(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                   select int.Parse(child, CultureInfo.InvariantCulture),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It has ended.
        }
    }
}
