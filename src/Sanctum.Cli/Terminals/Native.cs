using System.Runtime.InteropServices;

namespace Sanctum.Cli.Terminals;

/// <summary>What the C library does and .NET does not offer.</summary>
internal static partial class Native
{
    public const int Interrupted = 4, TryAgain = 11, BrokenPipe = 32;

    private const short Readable = 1; // POLLIN
    private const short Writable = 4; // POLLOUT
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int SetDescriptorFlags = 2; // F_SETFD
    private const int SetFlags = 4;     // F_SETFL
    private const int Append = 0x400;   // O_APPEND on Linux, the one system that the daemon runs on
    private const int CloseOnExecute = 1; // FD_CLOEXEC

    private static nuint WindowSizeRequest => OperatingSystem.IsMacOS() ? 0x40087468u : 0x5413u; // TIOCGWINSZ

    /// <summary>Begins a session of its own, so that the terminal's end and its Ctrl-C are no business of the daemon's.</summary>
    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    internal static partial int NewSession();

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    internal static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    internal static partial int Replace(int source, int target);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, Span<byte> buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nint count);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    internal static partial int GetAttributes(int descriptor, Span<byte> attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    internal static partial int SetAttributes(int descriptor, int when, ReadOnlySpan<byte> attributes);

    /// <summary>Throws away what was typed and not read.</summary>
    internal static void FlushInput(int descriptor) => _ = Flush(descriptor, OperatingSystem.IsMacOS() ? 1 : 0); // TCIFLUSH

    /// <summary>Whether something is there to be read within so many milliseconds.</summary>
    internal static bool IsReadable(int descriptor, int milliseconds)
    {
        var waiting = new PollRequest { Descriptor = descriptor, Events = Readable };
        return Poll(ref waiting, 1, milliseconds) > 0 && (waiting.Returned & Readable) != 0;
    }

    [LibraryImport("libc", EntryPoint = "tcflush", SetLastError = true)]
    private static partial int Flush(int descriptor, int queue);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>Makes every write go to the file's end, wherever that is by then.</summary>
    internal static bool AppendAlways(int descriptor) => FileControl(descriptor, SetFlags, Append) == 0;

    /// <summary>1 for a descriptor that is closed on exec, 0 for another, -1 for none.</summary>
    internal static int DescriptorFlags(int descriptor) => FileControl(descriptor, GetDescriptorFlags, 0);

    /// <summary>Has a descriptor closed in the programs that this one starts.</summary>
    internal static bool KeepToItself(int descriptor) => FileControl(descriptor, SetDescriptorFlags, CloseOnExecute) == 0;

    /// <summary>Waits until a descriptor can be read from, or written to.</summary>
    internal static void WaitUntilReady(int descriptor, bool toWrite)
    {
        var waiting = new PollRequest { Descriptor = descriptor, Events = toWrite ? Writable : Readable };
        _ = Poll(ref waiting, 1, -1);
    }

    /// <summary>How many columns a terminal has; null where it does not tell.</summary>
    internal static int? Columns(int descriptor)
    {
        Span<ushort> size = stackalloc ushort[4]; // struct winsize: rows, columns, two in pixels
        return WindowSize(descriptor, WindowSizeRequest, size) == 0 && size[1] > 0 ? size[1] : null;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int WindowSize(int descriptor, nuint request, Span<ushort> size);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command, int argument);
}
