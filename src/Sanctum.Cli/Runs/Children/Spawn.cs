using System.Runtime.InteropServices;

namespace Sanctum.Cli.Runs.Children;

/// <summary>
/// What the C library does to start a program. <see cref="System.Diagnostics.Process"/> is not used: it writes to a terminal that the child inherits,
/// and children keep the signals that .NET has set up.
/// </summary>
internal static unsafe partial class Spawn
{
    public const int NoSuchFile = 2, AccessDenied = 13, NoFormat = 8, NotAFolder = 20, InterruptedCall = 4;
    public const int Kill = 9, Stop = 19;

    private const short SetSignalDefaults = 4; // POSIX_SPAWN_SETSIGDEF
    private const short SetSignalMask = 8;     // POSIX_SPAWN_SETSIGMASK
    private const int AttributesSize = 512;    // posix_spawnattr_t has 336 bytes in glibc and in musl.
    private const int SignalSetSize = 128;     // sigset_t, likewise.

    /// <summary>Starts a program with all streams of this one.</summary>
    /// <param name="arguments">The program's name, looked for in <c>PATH</c>, and what follows it.</param>
    /// <param name="environment"><c>NAME=value</c> each.</param>
    /// <param name="defaults">The signals that do in the child what they do by default.</param>
    /// <param name="process">Its id.</param>
    /// <returns>0, or the error's number.</returns>
    public static int Start(IReadOnlyList<byte[]> arguments, IEnumerable<byte[]> environment, IEnumerable<int> defaults, out int process)
    {
        process = 0;
        using var words = new NativeStrings(arguments);
        using var variables = new NativeStrings([.. environment]);
        var attributes = stackalloc byte[AttributesSize];
        var reset = stackalloc byte[SignalSetSize];
        var none = stackalloc byte[SignalSetSize];
        _ = EmptySet(reset);
        _ = EmptySet(none);
        foreach (var signal in defaults)
        {
            _ = AddToSet(reset, signal);
        }

        if (InitializeAttributes(attributes) is not 0 and var failed)
        {
            return failed;
        }

        try
        {
            _ = SetDefaults(attributes, reset);
            _ = SetMask(attributes, none);
            _ = SetFlags(attributes, SetSignalDefaults | SetSignalMask);
            return Start(out process, words.First, null, attributes, words.Pointers, variables.Pointers);
        }
        finally
        {
            _ = DestroyAttributes(attributes);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    private static partial int Start(out int process, byte* file, void* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySet(byte* set);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static partial int AddToSet(byte* set, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int Wait(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Send(int process, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    internal static partial nint Handle(int signal, nint handler);
}
