using System.ComponentModel;
using System.Text;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>
/// Tells whether the files that are open are still those that lie in the vault's folder. A file that was unlinked or replaced takes every write, and
/// whoever opens the vault next does not find it.
/// </summary>
internal sealed class OpenFiles
{
    private readonly List<(string Name, byte[] Path, FileIdentity Identity)> _files = [];

    /// <param name="folder">The folder, with the database open: SQLite has made its log by then, and keeps it until the last connection closes.</param>
    public OpenFiles(VaultFolder folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // Windows lets nobody remove an open file; elsewhere stat(2) is laid out in other ways.
        }

        foreach (var name in (string[])[VaultFolder.DatabaseName, VaultFolder.DatabaseName + "-wal", VaultFolder.LockName])
        {
            var path = PathOf(folder, name);
            _files.Add((name, path, Posix.Identify(path) ?? throw StoreErrors.Gone(name)));
        }
    }

    /// <summary>A path as <see cref="Posix.Identify"/> takes it.</summary>
    public static byte[] PathOf(VaultFolder folder, string name) => Encoding.UTF8.GetBytes(folder[name] + "\0");

    /// <exception cref="StoreException">One was moved, removed or replaced, or the folder was.</exception>
    public void RequireInPlace()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var (name, path, identity) in _files)
        {
            if (Find(name, path) is not { } found || !found.IsSameFile(identity))
            {
                throw StoreErrors.Gone(name);
            }
        }
    }

    private static FileIdentity? Find(string name, byte[] path)
    {
        try
        {
            return OperatingSystem.IsWindows() ? null : Posix.Identify(path);
        }
        catch (Win32Exception error)
        {
            throw StoreErrors.From(error, name);
        }
    }
}
