using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sanctum.Cli.Runs.Children;

/// <summary>What the kernel lets a thread do beyond others (capabilities(7)).</summary>
internal static unsafe partial class Capabilities
{
    private const uint Version3 = 0x20080522;
    private const int Words = 6; // Two times: effective, permitted, inheritable.

    /// <summary>Gives up all that this thread has. What it starts has none either, as long as new privileges are off, which bubblewrap sees to.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Drop()
    {
        var header = stackalloc uint[] { Version3, 0 };
        var none = stackalloc uint[Words];
        new Span<uint>(none, Words).Clear();
        if (Set(header, none) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int Set(uint* header, uint* data);
}
