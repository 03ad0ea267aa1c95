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
    private const short SetProcessGroup = 2;   // POSIX_SPAWN_SETPGROUP
    private const int ActionsSize = 256;       // posix_spawn_file_actions_t has 80 bytes in glibc and in musl.
    private const int AttributesSize = 512;    // posix_spawnattr_t has 336 bytes in glibc and in musl.
    private const int SignalSetSize = 128;     // sigset_t, likewise.
    private const int InfoSize = 128;          // siginfo_t, likewise.
    private const int OneProcess = 1;          // P_PID
    private const int WhenItHasEnded = 4, AndStays = 0x01000000; // WEXITED, WNOWAIT

    /// <summary>Starts a program with all streams of this one, or with others and in a process group of its own.</summary>
    /// <param name="arguments">The program's name, looked for in <c>PATH</c>, and what follows it.</param>
    /// <param name="environment"><c>NAME=value</c> each.</param>
    /// <param name="defaults">The signals that do in the child what they do by default.</param>
    /// <param name="process">Its id.</param>
    /// <param name="streams">Descriptors of its stdin, stdout and stderr, in a group of its own; none for those of this process.</param>
    /// <returns>0, or the error's number.</returns>
    public static int Start(IReadOnlyList<byte[]> arguments, IEnumerable<byte[]> environment, IEnumerable<int> defaults, out int process, params ReadOnlySpan<int> streams)
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

        var actions = stackalloc byte[ActionsSize];
        if (InitializeActions(actions) is not 0 and var unready)
        {
            _ = DestroyAttributes(attributes);
            return unready;
        }

        try
        {
            for (var number = 0; number < streams.Length; number++)
            {
                if (AddReplacement(actions, streams[number], number) is not 0 and var full)
                {
                    return full;
                }
            }

            _ = SetDefaults(attributes, reset);
            _ = SetMask(attributes, none);
            _ = SetGroup(attributes, 0);
            _ = SetFlags(attributes, (short)(SetSignalDefaults | SetSignalMask | (streams.IsEmpty ? 0 : SetProcessGroup)));
            return Start(out process, words.First, actions, attributes, words.Pointers, variables.Pointers);
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    private static partial int Start(out int process, byte* file, void* actions, byte* attributes, byte** arguments, byte** environment);

    /// <summary>Waits until a child has ended, and leaves it so: its number stays its own until it is <see cref="Wait"/>ed for.</summary>
    /// <returns>0, or -1 with an error.</returns>
    public static int WaitForEnd(int process)
    {
        var info = stackalloc byte[InfoSize];
        return WaitForEnd(OneProcess, (uint)process, info, WhenItHasEnded | AndStays);
    }

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitForEnd(int kind, uint process, byte* info, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddReplacement(byte* actions, int descriptor, int number);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    private static partial int SetGroup(byte* attributes, int group);

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
