using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>What .NET does not offer: who owns a file, a directory's sync, and a lock that no environment variable turns off.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class Posix
{
    private const int Interrupted = 4;
    private const int LockExclusive = 2, LockWithoutWaiting = 4;
    private const int FromWorkingDirectory = -100, DoNotFollowLinks = 0x100;
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;
    private const int KindMask = 0xF000, Folder = 0x4000, PlainFile = 0x8000, SymbolicLink = 0xA000, UnixSocket = 0xC000, NamedPipe = 0x1000;
    private const int ItsOwnPath = 0x1000; // AT_EMPTY_PATH
    private const int NoSuchFile = 2, NotAFolder = 20;
    private const int SetStatus = 4; // F_SETFL

    public static uint EffectiveUser => GetEffectiveUser();

    /// <summary>What lies at a path, not at what it links to; null when nothing does.</summary>
    public static FileFacts? Inspect(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return InspectWithoutOwner(path);
        }

        if (Statx(FromWorkingDirectory, path, DoNotFollowLinks, TypeModeAndOwner, out var status) != 0)
        {
            return Marshal.GetLastPInvokeError() is NoSuchFile or NotAFolder ? null : throw new Win32Exception();
        }

        return FactsOf(status);
    }

    /// <summary>What an open file is, whatever lies at its path by now.</summary>
    public static FileFacts Inspect(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new FileFacts(FileKind.File, File.GetUnixFileMode(file), null);
        }

        return Statx((int)file.DangerousGetHandle(), "", ItsOwnPath, TypeModeAndOwner, out var status) == 0 ? FactsOf(status) : throw new Win32Exception();
    }

    /// <summary>
    /// Opens without waiting, whatever is there: opening a named pipe would wait for its other end. Null when there is nothing.
    /// </summary>
    /// <exception cref="Win32Exception">It can't be opened.</exception>
    public static SafeFileHandle? TryOpenWithoutWaiting(string path, bool followLinks, bool append = false)
    {
        var flags = OpenFlags.DoNotWait | OpenFlags.CloseOnExec | (followLinks ? 0 : OpenFlags.DoNotFollow) |
            (append ? OpenFlags.Write | OpenFlags.Create | OpenFlags.Append : 0);
        var handle = OpenWithMode(path, flags, Convert.ToUInt32("600", 8));
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error is NoSuchFile or NotAFolder && !append ? null : throw new Win32Exception(error);
    }

    /// <summary>Makes reads and writes wait again. Only for descriptors that were opened without waiting.</summary>
    public static void Wait(SafeFileHandle file, bool append)
    {
        if (FileControl(file, SetStatus, append ? OpenFlags.Append : 0) < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Makes the entries of a directory durable: without it, a file that was renamed or made may be lost in a power cut.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = OpenToRead(path);
        while (Sync(directory) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new Win32Exception();
            }
        }
    }

    /// <summary>Opens past the lock that .NET would ask for, and directories too.</summary>
    public static SafeFileHandle OpenToRead(string path)
    {
        var handle = Open(path, OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000); // O_RDONLY | O_CLOEXEC
        return handle.IsInvalid ? throw new Win32Exception() : handle;
    }

    /// <summary>Takes the lock, or confirms it: flock(2) on a file that this process has locked through the same handle succeeds.</summary>
    public static bool TryLock(SafeFileHandle file) => Lock(file, LockExclusive | LockWithoutWaiting) == 0;

    private static FileFacts FactsOf(in Status status) => new(
        (status.Mode & KindMask) switch
        {
            Folder => FileKind.Folder,
            PlainFile => FileKind.File,
            SymbolicLink => FileKind.Link,
            UnixSocket => FileKind.Socket,
            NamedPipe => FileKind.Pipe,
            _ => FileKind.Device,
        },
        (UnixFileMode)(status.Mode & 0xFFF),
        status.Owner);

    // Other systems lay out stat(2) in ways of their own; there the owner goes unchecked, and mode and kind still hold.
    private static FileFacts? InspectWithoutOwner(string path)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!info.Exists && info.LinkTarget is null)
        {
            return null;
        }

        var kind = info.LinkTarget is not null ? FileKind.Link : info is DirectoryInfo ? FileKind.Folder : FileKind.File;
        return new FileFacts(kind, info.UnixFileMode, null);
    }

    // struct statx has one layout on every architecture (statx(2)), unlike struct stat.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out Status status);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenWithMode(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
