using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>.NET's own WebSockets through a proxy, as a program that knows nothing of the vault opens them.</summary>
internal static class SocketClient
{
    /// <summary>Opens one to the fixture's upstream.</summary>
    /// <param name="proxy">The fixture.</param>
    /// <param name="path">The path.</param>
    /// <param name="configure">Sets what else there is to set.</param>
    /// <param name="version">1 for HTTP/1.1, 2 for HTTP/2.</param>
    public static async Task<ClientWebSocket> ConnectAsync(ProxyFixture proxy, string path, Action<ClientWebSocketOptions>? configure = null, int version = 1)
    {
        using var authority = X509Certificate2.CreateFromPem(proxy.Authority);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            Proxy = new WebProxy("http://proxy.invalid") { Credentials = new NetworkCredential("run", proxy.Token) },
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(proxy.Socket), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            },
        }, disposeHandler: false);
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (new Version(version, version == 1 ? 1 : 0), HttpVersionPolicy.RequestVersionExact);
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(new Uri($"wss://{proxy.Target}{path}"), client, default);
        return socket;
    }
}
