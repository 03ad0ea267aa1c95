using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>Signals to a process that these tests started, and to no other.</summary>
internal static class Signals
{
    private const int Interrupt = 2, Terminate = 15;

    public static void SendInterrupt(this Process process) => Send(process, Interrupt);

    public static void SendTerminate(this Process process) => Send(process, Terminate);

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
