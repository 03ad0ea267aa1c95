using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Cli.Libraries;

/// <summary>Loads a shared library that is no file.</summary>
internal static partial class LibraryInMemory
{
    private const uint CloseOnExecute = 1; // MFD_CLOEXEC
    private const uint Executable = 0x10;  // MFD_EXEC, since Linux 6.3; before, every one is

    /// <summary>By way of a file that exists in memory only (memfd_create(2)).</summary>
    /// <param name="name">What it is called in the process's memory map.</param>
    /// <param name="content">The library. It is read from its beginning.</param>
    /// <param name="library">Its handle.</param>
    /// <returns>False where the system has no such files, or /proc is not there to name one by.</returns>
    /// <exception cref="IOException">There is not memory enough.</exception>
    public static bool TryLoad(string name, Stream content, out nint library)
    {
        library = 0;
        var descriptor = CreateMemoryFile(name, CloseOnExecute | Executable);
        descriptor = descriptor < 0 ? CreateMemoryFile(name, CloseOnExecute) : descriptor;
        if (descriptor < 0)
        {
            return false;
        }

        using var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0);
        content.Position = 0;
        content.CopyTo(file);
        return NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out library);
    }

    /// <summary>By way of a file in a new folder that only this user can enter. Both are gone when this returns.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="DllNotFoundException">It can't be loaded from there, as where nothing may be executed.</exception>
    public static nint LoadFromTemporaryFile(string name, Stream content)
    {
        var folder = Directory.CreateTempSubdirectory("sanctum-");
        try
        {
            var path = Path.Join(folder.FullName, name + ".so");
            using (var file = new FileStream(path, FileMode.CreateNew))
            {
                content.Position = 0;
                content.CopyTo(file);
            }

            return NativeLibrary.Load(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
