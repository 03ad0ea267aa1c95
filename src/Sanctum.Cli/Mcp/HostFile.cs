using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Mcp;

/// <summary>A host's file. It is replaced whole, with its mode, where it really lies.</summary>
internal sealed class HostFile
{
    private const long Most = 4 * 1024 * 1024;
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private HostFile(string shown, string path) => (Shown, Path) = (shown, path);

    /// <summary>Its name, as the user knows it.</summary>
    public string Shown { get; }

    private string Path { get; }

    /// <param name="host">Whose.</param>
    /// <param name="folder">The one that the command was started in.</param>
    public static HostFile Of(McpHost host, string folder)
    {
        var file = HomeFolder.Expand(host.File);
        var shown = file.StartsWith('~')
            ? throw CliErrors.Usage("there is no home folder", "set HOME to this user's own folder")
            : System.IO.Path.Join(System.IO.Path.IsPathRooted(file) ? "" : folder, file);
        if (new FileInfo(shown) is not { LinkTarget: not null } link)
        {
            return new HostFile(shown, shown);
        }

        // In the home folder links are the user's own. Those in a project are whoever's who wrote the project.
        return System.IO.Path.IsPathRooted(file) ? new HostFile(shown, link.ResolveLinkTarget(returnFinalTarget: true)!.FullName) : throw CliErrors.NoHostFile(shown);
    }

    /// <summary>What is in it; null where there is none.</summary>
    /// <exception cref="CliException">It can't be read.</exception>
    public byte[]? Read()
    {
        try
        {
            var file = new FileInfo(Path);
            return !file.Exists ? null : file.Length > Most ? throw CliErrors.NoHostFile(Shown) : File.ReadAllBytes(Path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.NoHostFile(Shown, unreadable);
        }
    }

    /// <exception cref="CliException">It can't be written; it is as it was.</exception>
    public void Write(byte[] content)
    {
        var temporary = $"{Path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            var mode = File.Exists(Path) ? File.GetUnixFileMode(Path) : OwnersOnly;
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, Path, overwrite: true);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnwritableHostFile(Shown, unwritable);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
