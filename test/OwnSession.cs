using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sanctum.Tests;

/// <summary>Gives the tests a terminal session of their own where the kernel names none: their leader's is outside of a container's processes.</summary>
internal static partial class OwnSession
{
    [ModuleInitializer]
    internal static void Begin()
    {
        if (OperatingSystem.IsLinux() && GetSession(0) == 0 && SetSession() < 0)
        {
            throw new InvalidOperationException("these tests need a terminal session: run them with 'setsid --wait'");
        }
    }

    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    private static partial int GetSession(int process);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSession();
}
