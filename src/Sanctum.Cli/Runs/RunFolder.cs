using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Runs;

/// <summary>
/// The folder of one run, which only this user can enter. It holds no secret. A lock says that the run goes on: it ends with the process, however that
/// ends, and the next run removes what has none.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    internal const string Start = "sanctum-run-";
    internal const string LockName = "lock";

    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Between making a folder and locking it.
    private static readonly TimeSpan Beginning = TimeSpan.FromMinutes(1);

    private readonly FileStream _lock;

    private RunFolder(string path, FileStream @lock) => (Path, _lock) = (path, @lock);

    public string Path { get; }

    /// <summary>Makes a folder, and removes those of runs that were killed.</summary>
    /// <param name="parent">Where; null for the usual place.</param>
    public static RunFolder Create(string? parent = null)
    {
        parent ??= Parent();
        var path = System.IO.Path.Join(parent, Start + RandomNumberGenerator.GetHexString(16, lowercase: true));
        try
        {
            Sweep(parent);
            Directory.CreateDirectory(path, Mine);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.NoRunFolder(parent, e);
        }

        try
        {
            return new(path, new FileStream(System.IO.Path.Join(path, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        }
        catch
        {
            Directory.Delete(path, recursive: true);
            throw;
        }
    }

    /// <summary>Writes a file, for this user alone.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = System.IO.Path.Join(Path, name);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using var file = new FileStream(path, options);
        file.Write(content);
        return path;
    }

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    /// <summary>The user's runtime folder, which is in memory; else the temporary folder.</summary>
    internal static string Parent() =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime) ? runtime : System.IO.Path.GetTempPath();

    private static void Sweep(string parent)
    {
        foreach (var folder in Directory.EnumerateDirectories(parent, Start + "*"))
        {
            // Somebody else's, or a link: not ours to remove.
            if (FileFacts.At(folder) is { Kind: FileKind.Folder, IsForeign: false } && IsDead(folder))
            {
                Remove(folder);
            }
        }
    }

    private static bool IsDead(string folder)
    {
        try
        {
            using var free = new FileStream(System.IO.Path.Join(folder, LockName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (FileNotFoundException)
        {
            return TimeProvider.System.GetUtcNow() - Directory.GetLastWriteTimeUtc(folder) > Beginning;
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return false; // Its run goes on, or it is gone.
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return; // Another run removes it at the same time.
        }
    }
}
