using static Sanctum.Storage.StoreFailure;

namespace Sanctum.Storage.Sqlite;

/// <summary>Every refusal and failure of this store. Files go by their names: neither host paths nor SQL are for those who read these, but for a folder above the vault, which has no other name.</summary>
internal static class StoreErrors
{
    private const int Full = 13, Corrupt = 11, NotADatabase = 26;
    private const int InputOrOutput = 10;
    private const int FileTooLarge = 27, DiskFullOnUnix = 28, QuotaOnLinux = 122, DiskFullOnWindows = unchecked((int)0x80070070);

    public static StoreException Nothing() =>
        new(Missing, "there is no vault in this folder: create one first");

    public static StoreException Moved() => new(
        StoreFailure.Moved, $"the vault was moved from this folder to a database, and 'store' in config.json does not name that: set it");

    public static StoreException AlreadyThere(string file) =>
        new(Exists, $"this folder already has a vault ({file}); it was not changed");

    public static StoreException Unfinished() =>
        new(Missing, "this folder has an unfinished vault: create or restore it again, which replaces it");

    public static StoreException Remains(string[] files) => new(
        Exists,
        $"vault.sealed is missing here, but this folder has {string.Join(", ", files)}: put vault.sealed back from a backup, or remove {(files.Length == 1 ? "this file" : "these files")} and try again");

    public static StoreException Gone(string name) => new(
        Unavailable,
        $"{name} was removed, moved or replaced while the vault was open. Writing has stopped: put it back, then seal and unseal the vault");

    public static StoreException Touched(string name) => new(
        Unavailable,
        $"another program changed {name} while the vault was open. Writing has stopped: seal and unseal the vault to check it, or restore a backup");

    public static StoreException HalfMade(string missing) =>
        new(Damaged, $"the vault is incomplete: {missing} is missing. Restore a backup, or, if its creation was interrupted, empty the folder and create it again");

    public static StoreException Linked(string name) =>
        new(Unsafe, $"{name} is a symbolic link: a vault must be a real folder with regular files");

    public static StoreException WrongKind(string name) =>
        new(Unsafe, $"{name} is not a regular file or folder: a vault is a folder with regular files");

    public static StoreException UnsafePath(string flaw) =>
        new(Unsafe, $"{flaw}, so the vault's folder could be replaced: work as its owner, run chmod go-w on it, or keep the vault elsewhere");

    public static StoreException LongPath(int bytes, int most) =>
        new(Unavailable, $"the path of the vault's folder has {bytes} bytes, and SQLite takes at most {most}: keep the vault in a folder with a shorter path");

    public static StoreException ForeignOwner(string name, uint owner, uint user) =>
        new(Unsafe, $"{name} belongs to user {owner}, and this process runs as user {user}: run it as the vault's owner");

    public static StoreException OpenToOthers(string name, UnixFileMode mode, string remedy) =>
        new(Unsafe, $"{name} is open to other users (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}): run chmod {remedy} on it");

    public static StoreException Held(int? process) =>
        new(InUse, process is { } id ? $"process {id} has this vault open" : "another process has this vault open");

    public static StoreException Unlockable(Exception? inner = null) =>
        new(Unavailable, "the vault's folder can't be locked: keep the vault on a local file system", inner);

    public static StoreException Newer(long found, int known) =>
        new(NewerVersion, $"the vault's database has version {found}, but this program knows {known}: upgrade this program. Nothing was changed");

    public static StoreException Broken(string what) =>
        new(Damaged, $"the vault's database is damaged ({what}): restore it from a backup. Nothing was changed");

    public static StoreException SequenceTaken(long sequence) =>
        new(Exists, $"the log already has a segment at {sequence}");

    public static StoreException SnapshotGivenUp() =>
        new(Unavailable, "this snapshot was open for too long and was closed: take a new one");

    /// <summary>SQLite's result codes; what is above the low byte only refines them.</summary>
    /// <param name="code">The code.</param>
    /// <param name="inner">The cause.</param>
    /// <param name="system">The system's error behind it, where there is one: a file that may not grow (RLIMIT_FSIZE, a quota) is a full disk like any other.</param>
    public static StoreException From(int code, Exception? inner = null, int system = 0) => (code & 0xff) switch
    {
        InputOrOutput when system is FileTooLarge or DiskFullOnUnix or QuotaOnLinux => From(Full, inner),
        Full => new(StoreFailure.Full, "the vault's disk is full: nothing was written", inner),
        Corrupt or NotADatabase => new(Damaged, $"the vault's database is damaged (SQLite {code}): restore it from a backup", inner),
        _ => new(Unavailable, $"the vault's database can't be read or written (SQLite {code})", inner),
    };

    public static StoreException From(Exception error, string file) => error.HResult is FileTooLarge or DiskFullOnUnix or QuotaOnLinux or DiskFullOnWindows
        ? new(StoreFailure.Full, $"the vault's disk is full: {file} could not be written", error)
        : new(Unavailable, $"{file} can't be read or written", error);
}
