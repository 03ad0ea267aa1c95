using static Sanctum.Storage.StoreFailure;

namespace Sanctum.Storage.Sqlite;

/// <summary>Every refusal and failure of this store. Files go by their names: neither host paths nor SQL are for those who read these, but for a folder above the vault, which has no other name.</summary>
internal static class StoreErrors
{
    private const int Full = 13, Corrupt = 11, NotADatabase = 26;
    private const int InputOrOutput = 10;
    private const int FileTooLarge = 27, DiskFullOnUnix = 28, QuotaOnLinux = 122, DiskFullOnWindows = unchecked((int)0x80070070);

    public static StoreException Nothing() =>
        new(Missing, "there is no vault in this folder: make one first");

    public static StoreException AlreadyThere(string file) =>
        new(Exists, $"there is a vault in this folder already ({file}): it was not touched");

    public static StoreException Unfinished() =>
        new(Missing, "a vault was begun in this folder and never finished: make or restore it again, which clears away what is left");

    public static StoreException Remains(string[] files) => new(
        Exists,
        $"there is no vault.sealed in this folder, but {string.Join(", ", files)}: if these are of a vault, put its vault.sealed back (a backup has it); if not, remove {(files.Length == 1 ? "this file" : "these files")} and try again");

    public static StoreException Gone(string name) => new(
        Unavailable,
        $"{name} was removed, moved or replaced while the vault was open, and nothing more is written: put the folder back as it was, then seal and unseal the vault");

    public static StoreException Touched(string name) => new(
        Unavailable,
        $"another program changed {name} while the vault was open, and nothing more is written: seal and unseal the vault, which checks it, or restore it from a backup");

    public static StoreException HalfMade(string missing) =>
        new(Damaged, $"the vault is half-written: {missing} is missing. Restore it from a backup, or, if the making of this vault was interrupted, empty the folder and make it again");

    public static StoreException Linked(string name) =>
        new(Unsafe, $"{name} is a symbolic link: a vault is kept in a real folder of real files");

    public static StoreException WrongKind(string name) =>
        new(Unsafe, $"{name} is not what it should be: a vault is a folder of plain files");

    public static StoreException UnsafePath(string flaw) =>
        new(Unsafe, $"{flaw}, so the vault's folder could be exchanged for another: run chmod go-w on it, or keep the vault elsewhere");

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
        new(NewerVersion, $"the vault's database is of version {found}, and this program knows {known}: use a later program. Nothing was changed");

    public static StoreException Broken(string what) =>
        new(Damaged, $"the vault's database is damaged ({what}): restore it from a backup. Nothing was changed");

    public static StoreException SequenceTaken(long sequence) =>
        new(Exists, $"the log has a segment at {sequence} already");

    public static StoreException SnapshotGivenUp() =>
        new(Unavailable, "this snapshot was held while too much was written, and was given up: take a new one");

    /// <summary>SQLite's result codes; what is above the low byte only refines them.</summary>
    /// <param name="code">The code.</param>
    /// <param name="inner">The cause.</param>
    /// <param name="system">The system's error behind it, where there is one: a file that may not grow (RLIMIT_FSIZE, a quota) is a full disk like any other.</param>
    public static StoreException From(int code, Exception? inner = null, int system = 0) => (code & 0xff) switch
    {
        InputOrOutput when system is FileTooLarge or DiskFullOnUnix or QuotaOnLinux => From(Full, inner),
        Full => new(StoreFailure.Full, "there is no room left on the vault's disk: nothing of this was written", inner),
        Corrupt or NotADatabase => new(Damaged, $"the vault's database is damaged (SQLite {code}): restore it from a backup", inner),
        _ => new(Unavailable, $"the vault's database can't be read or written (SQLite {code})", inner),
    };

    public static StoreException From(Exception error, string file) => error.HResult is FileTooLarge or DiskFullOnUnix or QuotaOnLinux or DiskFullOnWindows
        ? new(StoreFailure.Full, $"there is no room left on the vault's disk for {file}", error)
        : new(Unavailable, $"{file} can't be read or written", error);
}
