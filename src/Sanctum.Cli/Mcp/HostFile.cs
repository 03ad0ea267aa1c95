using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Mcp;

/// <summary>A host's file. It is replaced whole, with its mode, where it really lies.</summary>
internal sealed class HostFile
{
    private const int Most = 4 * 1024 * 1024;
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
        return System.IO.Path.IsPathRooted(file) ? new HostFile(shown, link.ResolveLinkTarget(returnFinalTarget: true)!.FullName) : throw CliErrors.LinkedHostFile(shown);
    }

    /// <summary>What is in it; null where there is none.</summary>
    /// <exception cref="CliException">It can't be read, is no file, or is another user's.</exception>
    public byte[]? Read()
    {
        try
        {
            using var file = FoundFile.TryOpen(Path, Shown, FileTrust.Content);
            if (file is null)
            {
                return null;
            }

            // Replaced, it would be ours.
            _ = !OperatingSystem.IsWindows() && Posix.Inspect(file.SafeFileHandle) is { Owner: { } owner } && owner != Posix.EffectiveUser
                ? throw CliErrors.ForeignHostFile(Shown, owner) : 0;
            var content = new byte[Most + 1];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length <= Most ? content[..length] : throw CliErrors.MalformedHostFile(Shown, $"it is larger than {Most / (1024 * 1024)} MiB");
        }
        catch (UntrustedFileException untrusted)
        {
            throw CliErrors.UnreadableHostFile(untrusted.Message, untrusted);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnreadableHostFile($"{Shown} can't be read: {Failure.LowerFirst(unreadable.Message)}", unreadable);
        }
    }

    /// <summary>Puts something beside it, for this user alone, under a name that is free.</summary>
    /// <returns>Where.</returns>
    /// <exception cref="CliException">It can't be written.</exception>
    public string WriteBeside(string ending, byte[] content)
    {
        for (var number = 1; ; number++)
        {
            var beside = $"{Path}.{ending}{(number > 1 ? $"-{number}" : "")}";
            if (!System.IO.Path.Exists(beside))
            {
                Put(beside, content, OwnersOnly, expected: null, overwrite: false);
                return beside;
            }
        }
    }

    /// <summary>Replaces it.</summary>
    /// <param name="content">What is in it then.</param>
    /// <param name="expected">What was read. If the host has written it meanwhile, it stays as the host wrote it.</param>
    /// <exception cref="CliException">It can't be written; it is as it was.</exception>
    public void Write(byte[] content, byte[]? expected)
    {
        var mode = File.Exists(Path) ? File.GetUnixFileMode(Path) : OwnersOnly;
        Put(Path, content, mode, () => _ = (Read() ?? []).AsSpan().SequenceEqual(expected ?? []) ? 0 : throw CliErrors.HostFileChanged(Shown), overwrite: true);
    }

    private void Put(string path, byte[] content, UnixFileMode mode, Action? expected, bool overwrite)
    {
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        var folder = System.IO.Path.GetDirectoryName(path)!;
        var isMade = false;
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnersOnly }))
            {
                isMade = true;
                File.SetUnixFileMode(stream.SafeFileHandle, mode); // Also what the umask takes from a new file.
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            expected?.Invoke();
            File.Move(temporary, path, overwrite);
            Posix.SyncDirectory(folder);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnwritableHostFile(Shown, unwritable);
        }
        finally
        {
            if (isMade)
            {
                File.Delete(temporary);
            }
        }
    }
}
