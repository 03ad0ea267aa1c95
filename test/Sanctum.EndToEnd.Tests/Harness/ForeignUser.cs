using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>Another user of the machine: one thread of this process, of which the kernel then says that it is nobody.</summary>
internal static class ForeignUser
{
    public const uint Nobody = 65534;

    private const uint Unchanged = uint.MaxValue;

    /// <summary>Connects as that user, sends this, and reads what comes until the other side closes. Null when connecting is refused.</summary>
    public static Task<string?> AskAsync(string socket, byte[] request) => Task.Factory.StartNew(
        () =>
        {
            // The system call changes this thread alone; libc's function of that name would change them all.
            Become(Nobody);
            try
            {
                return Ask(socket, request);
            }
            finally
            {
                Become(0);
            }
        },
        TaskCreationOptions.LongRunning);

    /// <summary>Listens on a socket as that user; accepting is up to the caller.</summary>
    public static Task<Socket> ListenAsync(string path) => Task.Factory.StartNew(
        () =>
        {
            var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            Become(Nobody);
            try
            {
                listener.Bind(new UnixDomainSocketEndPoint(path));
                listener.Listen();
                return listener;
            }
            finally
            {
                Become(0);
            }
        },
        TaskCreationOptions.LongRunning);

    private static string? Ask(string path, byte[] request)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 120_000 };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            return null;
        }

        var answer = new StringBuilder();
        try
        {
            socket.Send(request);
            var buffer = new byte[4096];
            for (int read; (read = socket.Receive(buffer)) > 0;)
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (SocketException closed) when (closed.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            // It had closed before all was sent.
        }

        return answer.ToString();
    }

    private static void Become(uint user)
    {
        var number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117; // setresuid
        if (SystemCall(number, Unchanged, user, Unchanged) != 0)
        {
            throw new System.ComponentModel.Win32Exception();
        }
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern nint SystemCall(nint number, nuint real, nuint effective, nuint saved);
}
