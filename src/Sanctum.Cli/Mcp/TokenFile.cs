using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Mcp.Http;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Mcp;

/// <summary>The file with the tokens of a server over HTTP, one on each line. Where there is none it is made, with one.</summary>
internal static class TokenFile
{
    private const int Longest = 16 * 1024;
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="CliException">Others can read or write it, or it has something else in it.</exception>
    public static HttpTokens Open(string path)
    {
        var file = HomeFolder.Expand(path);
        try
        {
            var content = FoundFile.TryRead(file, "the file of --token-file", FileTrust.Given, Longest) ?? Make(file);
            RequireSecret(file, path);
            return HttpTokens.Parse(content) ?? throw CliErrors.Usage(
                $"{path} is not a file of tokens", $"it has a token of {HttpTokens.Shortest} to 256 characters on each line; remove it, and one is made");
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnwritableFile("--token-file", failed);
        }
    }

    private static void RequireSecret(string file, string shown) =>
        _ = (File.GetUnixFileMode(file) & ~OwnersOnly) == 0 ? 0 : throw CliErrors.Usage($"other users can read {shown}, or it can be run", $"whoever may have seen a token in it: remove it. Otherwise: chmod 600 {shown}");

    // It is born with its mode, and never in the place of another.
    private static byte[] Make(string file)
    {
        var content = Encoding.ASCII.GetBytes(HttpTokens.Generate() + "\n");
        using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnersOnly });
        stream.Write(content);
        return content;
    }
}
