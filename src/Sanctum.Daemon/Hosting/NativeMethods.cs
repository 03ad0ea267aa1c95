using System.Runtime.InteropServices;

namespace Sanctum.Daemon.Hosting;

/// <summary>The few system calls that .NET has no name for. Linux, 64 bits.</summary>
internal static unsafe partial class NativeMethods
{
    public const int PR_SET_DUMPABLE = 4;
    public const int RLIMIT_CORE = 4;
    public const int RLIMIT_NOFILE = 7;
    public const int SIGXFSZ = 25;
    public const nint SIG_IGN = 1;
    private const short POLLRDHUP = 0x2000;

    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial uint Umask(uint mask);

    // Returns what was set before; it fails for signals only that there are none of.
    [LibraryImport("libc", EntryPoint = "signal")]
    public static partial nint Signal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, nuint a2, nuint a3, nuint a4, nuint a5);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetResourceLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetResourceLimit(int resource, ulong* limits);

    /// <summary>Whether the other side has closed a socket, or its own direction of it, whatever it sent before that nobody has read.</summary>
    public static bool HasHungUp(SafeHandle socket)
    {
        var isHeld = false;
        try
        {
            socket.DangerousAddRef(ref isHeld);
            var asked = new PolledFile { Descriptor = (int)socket.DangerousGetHandle(), Events = POLLRDHUP };
            return Poll(&asked, 1, 0) > 0;
        }
        catch (ObjectDisposedException)
        {
            return false; // Its transport has closed it, and says so itself.
        }
        finally
        {
            if (isHeld)
            {
                socket.DangerousRelease();
            }
        }
    }

    // Errors and the end of both directions are told without being asked for.
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PolledFile* files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true)]
    public static partial int Execute(byte* path, byte** arguments, byte** environment);

    // struct pollfd of poll(2).
    [StructLayout(LayoutKind.Sequential)]
    private struct PolledFile
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
