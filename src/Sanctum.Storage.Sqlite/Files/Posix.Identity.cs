using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>Which file lies at a path, asked on every commit: so the path is bytes already, and nothing is allocated.</summary>
internal static partial class Posix
{
    private const uint Type = 0x1, WrittenAt = 0x40, ChangedAt = 0x80, Inode = 0x100, Length = 0x200;

    /// <param name="path">UTF-8, ended by a zero.</param>
    /// <param name="withTimes">Whether to ask for the times, too. Where they were asked for, Linux 6.13 and later gives the next write a time of its own, and syncing
    /// that write then means to write the inode: a second write to the disk for each commit.</param>
    /// <returns>Null when nothing lies there.</returns>
    public static unsafe FileIdentity? Identify(ReadOnlySpan<byte> path, bool withTimes)
    {
        fixed (byte* start = path)
        {
            if (StatxIdentity(FromWorkingDirectory, start, DoNotFollowLinks, Type | Inode | Length | (withTimes ? WrittenAt | ChangedAt : 0), out var status) != 0)
            {
                const int noSuchFile = 2, notAFolder = 20;
                return Marshal.GetLastPInvokeError() is noSuchFile or notAFolder ? null : throw new Win32Exception();
            }

            return new FileIdentity(
                (ulong)status.DeviceMajor << 32 | status.DeviceMinor,
                status.Inode,
                (status.Mode & KindMask) == PlainFile,
                withTimes ? status.Seconds : 0,
                withTimes ? status.Nanoseconds : 0,
                withTimes ? new FileContentMark(status.Length, status.WrittenSeconds, status.WrittenNanoseconds) : new FileContentMark(status.Length, 0, 0));
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct IdentityStatus
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Length;

        [FieldOffset(96)]
        public long Seconds;

        [FieldOffset(104)]
        public uint Nanoseconds;

        [FieldOffset(112)]
        public long WrittenSeconds;

        [FieldOffset(120)]
        public uint WrittenNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatxIdentity(int directory, byte* path, int flags, uint mask, out IdentityStatus status);
}
