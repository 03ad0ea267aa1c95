using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Client.Connections;

/// <summary>Who owns what lies at a path, and what its mode is. .NET does not tell the owner. Linux only.</summary>
internal readonly partial record struct FileOwnership(uint Owner, int Mode)
{
    private const int FromWorkingDirectory = -100;
    private const int ItsOwnPath = 0x1000; // AT_EMPTY_PATH
    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;
    private const int KindMask = 0xF000, Plain = 0x8000, WritableByOthers = 0x12;

    public bool IsPlainFile => (Mode & KindMask) == Plain;

    /// <summary>Whether others can put something else in the place of what is in this folder.</summary>
    public bool IsOpenToOthers => (Mode & WritableByOthers) != 0;

    /// <summary>What the path leads to; null when the system does not tell.</summary>
    public static FileOwnership? Of(string path) =>
        Statx(FromWorkingDirectory, path, 0, TypeModeAndOwner, out var status) == 0 ? new(status.Owner, status.Mode) : null;

    /// <summary>What is open, whatever lies at its path by now; null when the system does not tell.</summary>
    public static FileOwnership? Of(SafeFileHandle file)
    {
        var isKept = false;
        try
        {
            file.DangerousAddRef(ref isKept);
            return Statx((int)file.DangerousGetHandle(), "", ItsOwnPath, TypeModeAndOwner, out var status) == 0 ? new(status.Owner, status.Mode) : null;
        }
        finally
        {
            if (isKept)
            {
                file.DangerousRelease();
            }
        }
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
}
