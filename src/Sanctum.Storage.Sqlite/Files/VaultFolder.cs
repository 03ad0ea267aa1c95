using System.ComponentModel;
using System.Text;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>A vault's folder: what is called what in it, and whether it may be trusted.</summary>
internal sealed class VaultFolder
{
    public const string DatabaseName = "vault.db", KeyDocumentName = "vault.sealed", LockName = "vault.lock";

    /// <summary>Is there from before a vault is made until it is whole, so that what an interrupted try left can be told from a vault.</summary>
    public const string MakingName = "vault.making";

    // SQLite takes 512 bytes, and keeps eight of them for the names of its other files.
    private const int LongestDatabasePath = 504;

    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    // SQLite makes a rollback journal only until the database is in WAL mode, which is before there is a vault.
    private static readonly string[] _databaseFiles = [DatabaseName, DatabaseName + "-wal", DatabaseName + "-shm", DatabaseName + "-journal"];

    /// <param name="directory">Where; it need not be there.</param>
    public VaultFolder(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);

        // A trailing separator would make the system look through a symbolic link.
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(directory));
    }

    public string Path { get; }

    public string Database => this[DatabaseName];

    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>The first of a vault's files that is there; the lock does not count, because it outlives a failed attempt.</summary>
    public string? AnythingOfAVault() => _databaseFiles.Append(KeyDocumentName).FirstOrDefault(name => Inspect(name) is not null);

    /// <summary>Whether a vault was begun here and never finished. Once there is a key document, there is a vault.</summary>
    public bool IsUnfinished => Inspect(MakingName) is not null && Inspect(KeyDocumentName) is null;

    /// <summary>Those of the database's files that are there.</summary>
    public IEnumerable<string> DatabaseFiles => _databaseFiles.Where(name => Inspect(name) is not null);

    /// <summary>Marks that a vault is being made, durably, before anything of it is there.</summary>
    public void Begin()
    {
        Io(path => new FileStream(path, Born(FileMode.OpenOrCreate)).Dispose(), this[MakingName]);
        Sync();
    }

    /// <summary>Takes the mark away: the vault is whole, or nothing of it is left.</summary>
    public void Finish() => Io(File.Delete, this[MakingName]);

    /// <summary>Makes the folder when there is none.</summary>
    public void Make()
    {
        RequireShort();
        RequireSafePath();
        if (Inspect(string.Empty) is null)
        {
            Io(MakePrivate, Path);
        }
    }

    /// <summary>Refuses a folder or files that other users could have changed or can read.</summary>
    public void RequireSafe()
    {
        RequireShort();
        RequireSafePath();
        Require(string.Empty, FileKind.Folder);
        foreach (var name in _databaseFiles.Append(KeyDocumentName).Append(KeyDocumentFile.TemporaryName).Append(LockName).Append(MakingName))
        {
            Require(name, FileKind.File);
        }
    }

    private void RequireShort()
    {
        if (Encoding.UTF8.GetByteCount(Database) is > LongestDatabasePath and var bytes)
        {
            var name = DatabaseName.Length + 1;
            throw StoreErrors.LongPath(bytes - name, LongestDatabasePath - name);
        }
    }

    /// <summary>Refuses what is not a whole vault.</summary>
    public void RequireWhole()
    {
        if (AnythingOfAVault() is null)
        {
            throw StoreErrors.Nothing();
        }

        if (new[] { DatabaseName, KeyDocumentName }.FirstOrDefault(name => Inspect(name) is null) is { } missing)
        {
            throw StoreErrors.HalfMade(missing);
        }

        if (Inspect(DatabaseName + "-journal") is not null)
        {
            throw StoreErrors.Broken("it has an unknown journal");
        }
    }

    public void Sync()
    {
        // NTFS keeps its entries in a journal of its own.
        if (!OperatingSystem.IsWindows())
        {
            Io(Posix.SyncDirectory, Path);
        }
    }

    /// <summary>Whether there is a key document, and so a vault.</summary>
    public bool HoldsKeyDocument => Inspect(KeyDocumentName) is not null;

    /// <summary>Removes a vault that was never finished: it has no key document, so there is nothing in it for anybody.</summary>
    public void Discard()
    {
        RemoveDatabase();
        File.Delete(this[KeyDocumentFile.TemporaryName]);
        Finish();
    }

    public void RemoveDatabase()
    {
        foreach (var name in _databaseFiles)
        {
            File.Delete(this[name]);
        }
    }

    /// <summary>Options for a file that is born with its final mode.</summary>
    public static FileStreamOptions Born(FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    // Whoever can write a folder on the way to the vault can put another vault in its place.
    private void RequireSafePath()
    {
        if (System.IO.Path.GetDirectoryName(Path) is { } above && Io(FolderTrust.FlawOf, above) is { } flaw)
        {
            throw StoreErrors.UnsafePath(flaw);
        }
    }

    private void Require(string name, FileKind kind)
    {
        if (OperatingSystem.IsWindows() || Inspect(name) is not { } facts)
        {
            return;
        }

        var called = name.Length == 0 ? "the vault's folder" : name;
        if (facts.Kind != kind)
        {
            throw facts.Kind == FileKind.Link ? StoreErrors.Linked(called) : StoreErrors.WrongKind(called);
        }

        if (facts.Owner is { } owner && owner != Posix.EffectiveUser)
        {
            throw StoreErrors.ForeignOwner(called, owner, Posix.EffectiveUser);
        }

        if ((facts.Mode & Others) != 0)
        {
            throw StoreErrors.OpenToOthers(called, facts.Mode, kind == FileKind.Folder ? "700" : "600");
        }
    }

    private FileFacts? Inspect(string name)
    {
        var path = name.Length == 0 ? Path : this[name];
        if (OperatingSystem.IsWindows())
        {
            return File.Exists(path) || Directory.Exists(path) ? default(FileFacts) : null;
        }

        return Io(Posix.Inspect, path);
    }

    private static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // One level at a time: .NET gives the mode to the last one only, and the umask's to those that it makes on the way.
        var above = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(above))
        {
            MakePrivate(above);
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Posix.SyncDirectory(above);
    }

    private static void Io(Action<string> action, string path) => Io<object?>(
        where =>
        {
            action(where);
            return null;
        },
        path);

    private static T Io<T>(Func<string, T> action, string path)
    {
        try
        {
            return action(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw StoreErrors.From(error, "the vault's folder");
        }
    }
}
