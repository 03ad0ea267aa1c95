using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sanctum.Daemon.Hosting;

/// <summary>What lies at a path itself, without following a symbolic link.</summary>
/// <param name="IsSocket">A Unix socket.</param>
/// <param name="Owner">Its owner's user id.</param>
/// <param name="Mode">The permission bits, sticky bit included.</param>
internal readonly record struct FileKind(bool IsSocket, uint Owner, int Mode)
{
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxTypeModeUid = 0x1 | 0x2 | 0x8;
    private const int NoEntry = 2;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;

    /// <summary>Null when there is nothing at the path.</summary>
    public static unsafe FileKind? Of(string path)
    {
        // struct statx: stx_uid is at 20, stx_mode at 28 (statx(2)).
        Span<byte> result = stackalloc byte[256];
        fixed (byte* pointer = result)
        {
            if (NativeMethods.Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxTypeModeUid, pointer) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                return error == NoEntry ? null : throw new Win32Exception(error);
            }
        }

        var owner = MemoryMarshal.Read<uint>(result[20..]);
        var mode = MemoryMarshal.Read<ushort>(result[28..]);
        return new FileKind((mode & TypeMask) == SocketType, owner, mode & 0xFFF);
    }
}
