using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Terminals;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.AgentSide;

/// <summary>Bytes that a command sends or signs: from a file, or from stdin.</summary>
internal static class GivenData
{
    public const string Stdin = "-";

    // What a call to the daemon can carry at most; the daemon has its own, smaller limit.
    internal const int Longest = 16 * 1024 * 1024;

    /// <summary>All of it, unchanged.</summary>
    /// <param name="file">The file; <c>-</c> is stdin.</param>
    /// <param name="shown">What errors call it.</param>
    public static byte[] Read(string file, string shown)
    {
        try
        {
            using var stream = Open(file, shown);
            return Read(stream, file == Stdin ? "stdin" : shown);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }

    /// <summary>Opens it.</summary>
    /// <param name="file">The file; <c>-</c> is stdin.</param>
    /// <param name="shown">What errors call it.</param>
    public static Stream Open(string file, string shown)
    {
        try
        {
            return file == Stdin ? StandardStreams.OpenInput() : FoundFile.TryOpen(HomeFolder.Expand(file), shown, FileTrust.Content) ?? throw CliErrors.MissingFile(shown);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }

    private static byte[] Read(Stream stream, string shown)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = stream.Read(buffer, 0, buffer.Length)) > 0;)
        {
            if (all.Length + read > Longest)
            {
                throw CliErrors.Usage($"{shown} has more than {Longest / (1024 * 1024)} MiB", "send less at once");
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }
}
