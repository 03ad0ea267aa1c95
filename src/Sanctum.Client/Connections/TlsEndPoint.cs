using System.Net;
using System.Net.Sockets;

namespace Sanctum.Client.Connections;

/// <summary>A daemon that is reached by TLS over TCP.</summary>
/// <param name="tcp">Where.</param>
/// <param name="host">The name or address that its certificate has to be for.</param>
internal sealed class TlsEndPoint(EndPoint tcp, string host) : EndPoint
{
    public EndPoint Tcp => tcp;

    public string Host => host;

    public override AddressFamily AddressFamily => tcp.AddressFamily;

    public override string ToString() => $"{VaultAddress.TlsScheme}{VaultAddress.Text(tcp)}";
}
