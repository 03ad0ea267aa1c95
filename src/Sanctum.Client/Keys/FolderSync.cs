using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Client.Keys;

/// <summary>Makes it durable that a file was made, renamed or removed: that is in its folder, and a power cut takes it back until the folder has been written too.</summary>
internal static partial class FolderSync
{
    private const int Interrupted = 4;

    // This user may not read the folder; or a file system has no such call, as some have that lie elsewhere: EINVAL, ENOSYS, and EOPNOTSUPP of both systems.
    private static readonly int[] NotToBeHad = [13, 22, 38, 45, 95, 102];

    /// <summary>Writes the folder of a file.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Of(string file)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var path = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        using var folder = Open(path, OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000); // O_RDONLY | O_CLOEXEC
        var error = folder.IsInvalid ? Marshal.GetLastPInvokeError() : Write(folder);
        if (error != 0 && !NotToBeHad.Contains(error))
        {
            throw new IOException($"the folder {path} can't be written to disk: {new Win32Exception(error).Message}");
        }
    }

    private static int Write(SafeFileHandle folder)
    {
        while (Sync(folder) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted)
            {
                return error;
            }
        }

        return 0;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);
}
