using System.ComponentModel;
using System.Text;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>
/// Tells whether the files that are open are still those that lie in the vault's folder, and as they were left. A file that was unlinked or replaced takes every
/// write, and whoever opens the vault next does not find it; one that was cut or written over takes them too, and nobody can read them again.
/// </summary>
internal sealed class OpenFiles
{
    private readonly List<OpenFile> _files = [];

    // The database and its log, as this process last left them.
    private readonly FileContentMark[] _left = new FileContentMark[2];

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
            _files.Add(new OpenFile(name, path, Posix.Identify(path, withTimes: false) ?? throw StoreErrors.Gone(name)));
        }

        NoteWritten();
    }

    /// <summary>A path as <see cref="Posix.Identify"/> takes it.</summary>
    public static byte[] PathOf(VaultFolder folder, string name) => Encoding.UTF8.GetBytes(folder[name] + "\0");

    /// <exception cref="StoreException">One was moved, removed or replaced, or the folder was.</exception>
    public void RequireInPlace()
    {
        foreach (var file in _files)
        {
            _ = FindInPlace(file);
        }
    }

    /// <summary>The same, after this process has written: from now on, that is how they were left.</summary>
    /// <exception cref="StoreException">One was moved, removed or replaced, or the folder was.</exception>
    public void RequireInPlaceAndNote()
    {
        for (var i = 0; i < _files.Count; i++)
        {
            var found = FindInPlace(_files[i]);
            if (i < _left.Length)
            {
                _left[i] = found.Written;
            }
        }
    }

    /// <summary>For whoever is about to write, and alone in that.</summary>
    /// <remarks>Another program that writes with SQLite adds to the log and loses nothing of it; what it put in is judged when it is read. The database changes only
    /// when the log is moved into it, which only this process does.</remarks>
    /// <exception cref="StoreException">One was moved, removed or replaced, or since <see cref="NoteWritten"/> the log was cut, or the database written to.</exception>
    public void RequireUntouched()
    {
        for (var i = 0; i < _files.Count; i++)
        {
            var found = FindInPlace(_files[i]);
            if (i < _left.Length && (found.Written.Length < _left[i].Length || (_files[i].IsDatabase && found.Written != _left[i])))
            {
                throw StoreErrors.Touched(_files[i].Name);
            }
        }
    }

    /// <summary>To be called when this process has written and failed, or has moved the log into the database.</summary>
    public void NoteWritten()
    {
        for (var i = 0; i < _left.Length && i < _files.Count; i++)
        {
            // One that is not there any more is named when it is next looked for.
            _left[i] = Find(_files[i])?.Written ?? _left[i];
        }
    }

    private static FileIdentity FindInPlace(OpenFile file) =>
        Find(file) is { } found && found.IsSameFile(file.Identity) ? found : throw StoreErrors.Gone(file.Name);

    private static FileIdentity? Find(OpenFile file)
    {
        try
        {
            return OperatingSystem.IsWindows() ? null : Posix.Identify(file.Path, withTimes: file.IsDatabase);
        }
        catch (Win32Exception error)
        {
            throw StoreErrors.From(error, file.Name);
        }
    }

    private sealed record OpenFile(string Name, byte[] Path, FileIdentity Identity)
    {
        public bool IsDatabase => Name == VaultFolder.DatabaseName;
    }
}
