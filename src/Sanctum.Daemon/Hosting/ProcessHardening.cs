using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Closes the ways into a process that holds secrets: files that others can read, core dumps, and the runtime's diagnostics
/// socket, through which any process of the same user could take a heap dump.
/// </summary>
public static unsafe class ProcessHardening
{
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>Whether <see cref="Apply"/> has been done.</summary>
    public static bool IsApplied { get; private set; }

    /// <summary>
    /// To be the first thing that a daemon's process does, before it reads a passphrase: where the runtime has opened its
    /// diagnostics socket already, the process starts itself again (same id, same arguments) without it, and this does not return.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("the daemon requires Linux");
        }

        // The runtime reads the variable before any of our code runs, and has no other setting for it (a runtimeconfig property
        // is not looked at). Native AOT has no diagnostics server unless the build asks for one.
        if (RuntimeFeature.IsDynamicCodeCompiled && Environment.GetEnvironmentVariable(Diagnostics) != "0")
        {
            StartAgainWithoutDiagnostics();
        }

        IgnoreFileSizeSignal();
        NativeMethods.Umask(0x3F); // 077
        var none = stackalloc ulong[2];
        if (NativeMethods.SetResourceLimit(NativeMethods.RLIMIT_CORE, none) != 0 ||
            NativeMethods.Prctl(NativeMethods.PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        {
            throw new InvalidOperationException($"the process can't be made undumpable (error {Marshal.GetLastPInvokeError()})");
        }

        DescriptorLimit.Raise();
        IsApplied = true;
    }

    /// <summary>
    /// Where a limit (RLIMIT_FSIZE, <c>ulimit -f</c>) keeps a file from growing, the system sends SIGXFSZ, which ends a process that does not ignore it. Ignored, the
    /// write fails, as on any full disk: nothing is lost, and somebody hears of it. <see cref="Apply"/> does it too; it is for processes that open vaults themselves.
    /// </summary>
    public static void IgnoreFileSizeSignal()
    {
        if (OperatingSystem.IsLinux())
        {
            NativeMethods.Signal(NativeMethods.SIGXFSZ, NativeMethods.SIG_IGN);
        }
    }

    private static void StartAgainWithoutDiagnostics()
    {
        // execve leaves no chance to clean up: what this runtime has opened in the temporary folder would stay.
        foreach (var pattern in (string[])["dotnet-diagnostic-{0}-*", "clr-debug-pipe-{0}-*"])
        {
            foreach (var left in Directory.EnumerateFiles(Path.GetTempPath(), pattern.Replace("{0}", $"{Environment.ProcessId}", StringComparison.Ordinal)))
            {
                File.Delete(left);
            }
        }

        var variables = new List<byte[]> { Encoding.UTF8.GetBytes($"{Diagnostics}=0\0") };
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if ((string)entry.Key != Diagnostics)
            {
                variables.Add(Encoding.UTF8.GetBytes($"{entry.Key}={entry.Value}\0"));
            }
        }

        fixed (byte* path = Encoding.UTF8.GetBytes($"{Environment.ProcessPath}\0"))
        {
            // The terminal's or the pipe's state is inherited; descriptors above 2 are closed on exec.
            NativeMethods.Execute(path, Pointers(Split(File.ReadAllBytes("/proc/self/cmdline"))), Pointers(variables));
        }

        throw new InvalidOperationException($"the process can't start itself again (error {Marshal.GetLastPInvokeError()})");
    }

    private static List<byte[]> Split(byte[] commandLine)
    {
        var arguments = new List<byte[]>();
        foreach (var argument in commandLine.AsSpan(0, commandLine.Length - 1).Split((byte)0))
        {
            arguments.Add([.. commandLine.AsSpan()[argument], 0]);
        }

        return arguments;
    }

    // The process is about to be replaced, or to end: nothing of this is freed.
    private static byte** Pointers(List<byte[]> strings)
    {
        var list = (byte**)NativeMemory.Alloc((nuint)((strings.Count + 1) * sizeof(byte*)));
        for (var i = 0; i < strings.Count; i++)
        {
            list[i] = (byte*)NativeMemory.Alloc((nuint)strings[i].Length);
            strings[i].CopyTo(new Span<byte>(list[i], strings[i].Length));
        }

        list[strings.Count] = null;
        return list;
    }
}
