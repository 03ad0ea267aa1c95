using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Mcp;

/// <summary>A host's file. It is replaced whole, with its mode, where it really lies.</summary>
internal sealed class HostFile
{
    private const int Most = 16 * 1024 * 1024;
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private HostFile(McpHost host, string shown, string path, string? project)
    {
        (Host, Shown, Path, Project) = (host, shown, path, project);
        Form = project is null ? host.Form with { Projects = host.Projects } : host.Form;
    }

    /// <summary>Whose it is.</summary>
    public McpHost Host { get; }

    /// <summary>Its name, as the user knows it.</summary>
    public string Shown { get; }

    /// <summary>The project's folder; null for the user's file.</summary>
    public string? Project { get; }

    /// <summary>How an entry is written there.</summary>
    public McpEntryForm Form { get; }

    private string Path { get; }

    /// <summary>The file that is written.</summary>
    /// <param name="host">Whose.</param>
    /// <param name="project">A project's folder; null for the user's file.</param>
    /// <exception cref="CliException">There is no such folder, or the file is a link in a project.</exception>
    public static HostFile Of(McpHost host, string? project)
    {
        var (folder, names) = PlaceOf(host, project);
        return Of(host, folder, names.FirstOrDefault(name => System.IO.Path.Exists(System.IO.Path.Join(folder, name)) || new FileInfo(System.IO.Path.Join(folder, name)).LinkTarget is not null) ?? names[0], project);
    }

    /// <summary>What else the host reads, as far as it is there: the user's file beside a project's, and the other way round.</summary>
    /// <param name="current">The folder that is taken for a project beside the user's file.</param>
    public IEnumerable<(string Shown, Func<HostFile> Open)> Others(string current) =>
        from project in (string?[])[null, Project ?? current]
        let place = PlaceOf(Host, project)
        from name in place.Names
        let shown = System.IO.Path.Join(place.Folder, name)
        where shown != Shown && System.IO.Path.Exists(shown) && System.IO.Path.GetFullPath(shown) != System.IO.Path.GetFullPath(Shown)
        select (shown, new Func<HostFile>(() => Of(Host, place.Folder, name, project)));

    private static HostFile Of(McpHost host, string folder, string name, string? project)
    {
        var shown = System.IO.Path.Join(folder, name);
        if (project is null)
        {
            // In the home folder links are the user's own.
            return new HostFile(host, shown, new FileInfo(shown) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : shown, project);
        }

        // Those in a project are whoever's who wrote the project, and so are the folders on the way.
        for (var part = name; part.Length > 0; part = System.IO.Path.GetDirectoryName(part) ?? "")
        {
            var way = System.IO.Path.Join(folder, part);
            _ = new FileInfo(way).LinkTarget is null ? 0 : throw CliErrors.LinkedHostFile(way);
        }

        return new HostFile(host, shown, shown, project);
    }

    private static (string Folder, IReadOnlyList<string> Names) PlaceOf(McpHost host, string? project)
    {
        if (project is not null)
        {
            return (project, host.ProjectFiles);
        }

        var given = host.User.Variable is { } variable ? Environment.GetEnvironmentVariable(variable) : null;
        var folder = HomeFolder.Expand(string.IsNullOrEmpty(given) ? host.User.Folder : given);
        _ = folder is not ['~', ..] ? 0 : throw CliErrors.Usage("there is no home folder", "set HOME to this user's own folder");
        return System.IO.Path.IsPathRooted(folder)
            ? (System.IO.Path.Join(folder, host.User.Below).TrimEnd('/'), host.User.Names)
            : throw CliErrors.Usage($"{host.User.Variable} is not a whole path", $"{host.Name} reads its file there: set it to a path from the root");
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
