using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sanctum.Daemon.Rpc;

/// <summary>Who is at the other end of a Unix socket, as the kernel says.</summary>
/// <param name="ProcessId">The process that connected.</param>
/// <param name="UserId">Its effective user at that time.</param>
internal readonly record struct PeerCredentials(int ProcessId, uint UserId)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    public static PeerCredentials Of(Socket socket)
    {
        // struct ucred: pid, uid, gid (unix(7)).
        Span<int> credentials = stackalloc int[3];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return new PeerCredentials(credentials[0], (uint)credentials[1]);
    }
}
