using System.Diagnostics;
using System.Security.Cryptography;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>The machine's own programs, and what they tell.</summary>
internal static class HostTools
{
    public const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Folder700 = File600 | UnixFileMode.UserExecute;

    /// <summary>Skips where not run by root, who alone can be other users.</summary>
    public static void RequireRoot(string why) =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, $"only root can do this: {why}");

    /// <summary>Runs one of the system's programs; what it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Writes to a process's standard input and closes it. A process that has ended, or closed it, had no use for the rest.</summary>
    public static async Task FeedAsync(Process process, ReadOnlyMemory<byte> input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
        }
        catch (IOException)
        {
            // The pipe is broken: what the process has to say about it comes from the process.
        }

        process.StandardInput.Close();
    }

    /// <summary>How many sockets a process has open, those that it listens on with them: it has noticed that a client hung up when there is one less.</summary>
    public static int SocketsOf(Process process) => Directory
        .EnumerateFileSystemEntries($"/proc/{process.Id}/fd")
        .Count(path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) is true);

    /// <summary>Everything in a folder: each file's name, mode, and content's hash. Two that are equal hold the same bytes.</summary>
    public static string Fingerprint(string folder) => string.Join('\n', Directory
        .EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(path => $"{Path.GetRelativePath(folder, path)} {Mode(path)} {new FileInfo(path).LinkTarget} {Hash(path)}"));

    // A link's own; what it links to, if anything, may lie elsewhere.
    private static UnixFileMode? Mode(string path) => IsLink(path) ? null : File.GetUnixFileMode(path);

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    private static string Hash(string path) =>
        File.Exists(path) && !IsLink(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : "";
}
