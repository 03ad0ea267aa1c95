using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Sanctum.Cli.Runs.Inside;

/// <summary>
/// Gives a network of its own a second IPv4 address on loopback. Where there is none but 127.0.0.1, the C library finds no IPv4 address of any name.
/// That is so for programs that ask for what this machine can use (AI_ADDRCONFIG in getaddrinfo(3)).
/// </summary>
internal static unsafe partial class LoopbackAddress
{
    private const int InternetFamily = 2, Datagram = 2, SetAddress = 0x8916; // AF_INET, SOCK_DGRAM, SIOCSIFADDR: netdevice(7)
    private const int RequestLength = 40, AddressAt = 16;                    // struct ifreq

    /// <summary>Adds 127.127.255.254.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Add()
    {
        var request = stackalloc byte[RequestLength];
        var bytes = new Span<byte>(request, RequestLength);
        bytes.Clear();
        Encoding.ASCII.GetBytes("lo:1", bytes);
        bytes[AddressAt] = InternetFamily;
        ((ReadOnlySpan<byte>)[127, 127, 255, 254]).CopyTo(bytes[(AddressAt + 4)..]);
        var socket = Open(InternetFamily, Datagram, 0);
        if (socket < 0 || Control(socket, SetAddress, request) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _ = Close(socket);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int socket, nuint request, byte* argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);
}
