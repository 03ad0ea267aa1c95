using System.Net;
using System.Net.Sockets;

namespace Sanctum.Daemon.Rpc;

/// <summary>Where a connection comes from, as far as the kernel says.</summary>
/// <param name="IsTcp">Whether it came over TCP, and not over the Unix socket.</param>
/// <param name="Source">Who is counted for it: <c>unix:</c> and the user, <c>tcp:</c> and the address, or <c>tcp:loopback</c>.</param>
/// <param name="Process">The process at the other end; 0 where the kernel does not say.</param>
internal sealed record ConnectionPeer(bool IsTcp, string Source, int Process)
{
    // A new process, or another address of 127.0.0.0/8, costs nothing: neither makes a new source.
    private const string Loopback = "tcp:loopback";

    public static ConnectionPeer OfTcp(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return new(IsTcp: true, IPAddress.IsLoopback(plain) ? Loopback : $"tcp:{plain}", Process: 0);
    }

    /// <param name="socket">A Unix socket.</param>
    /// <param name="allowedUids">The users that may connect.</param>
    /// <returns>Null when its user may not.</returns>
    public static ConnectionPeer? OfUnix(Socket socket, IReadOnlyList<uint> allowedUids)
    {
        var peer = PeerCredentials.Of(socket);
        return allowedUids.Contains(peer.UserId) ? new(IsTcp: false, $"unix:{peer.UserId}", peer.ProcessId) : null;
    }
}
