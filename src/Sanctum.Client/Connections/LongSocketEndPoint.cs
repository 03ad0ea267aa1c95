using System.Net;
using System.Net.Sockets;

namespace Sanctum.Client.Connections;

/// <summary>A Unix socket whose path is too long for a <see cref="UnixDomainSocketEndPoint"/>. See <see cref="Protocol.Sockets.SocketPath"/>.</summary>
internal sealed class LongSocketEndPoint(string path) : EndPoint
{
    public string Path => path;

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override string ToString() => path;
}
