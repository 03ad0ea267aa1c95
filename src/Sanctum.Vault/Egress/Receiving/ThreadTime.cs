using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sanctum.Egress.Receiving;

/// <summary>How much of a processor this thread has used: on a busy machine a clock on the wall would blame work for waiting.</summary>
internal static partial class ThreadTime
{
    // CLOCK_THREAD_CPUTIME_ID of Linux: clock_gettime(2).
    private const int ThreadClock = 3;

    /// <summary>Since some moment; only the difference of two, on one thread, means something. Where the system does not tell, time on the wall.</summary>
    public static TimeSpan Now =>
        OperatingSystem.IsLinux() && ReadClock(ThreadClock, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
