using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>Signals to a process that these tests started, and to no other.</summary>
internal static class Signals
{
    private const int HangUp = 1, Interrupt = 2, Terminate = 15, Continue = 18, Stop = 19;

    /// <summary>What a terminal that is closed sends, and <c>systemctl reload</c>.</summary>
    public static void SendHangUp(this Process process) => Send(process, HangUp);

    public static void SendInterrupt(this Process process) => Send(process, Interrupt);

    public static void SendTerminate(this Process process) => Send(process, Terminate);

    /// <summary>Keeps it from doing anything, until <see cref="SendContinue"/>.</summary>
    public static void SendStop(this Process process) => Send(process, Stop);

    public static void SendContinue(this Process process) => Send(process, Continue);

    private static void Send(Process process, int signal)
    {
        if (Kill(process.Id, signal) != 0)
        {
            throw new Win32Exception();
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
