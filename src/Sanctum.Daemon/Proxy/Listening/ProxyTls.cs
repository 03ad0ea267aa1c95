using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>TLS in a tunnel that ends here, with the certificate of the tunnel's host: what the client names in its handshake chooses nothing.</summary>
internal static class ProxyTls
{
    public static TlsHandshakeCallbackOptions Options(ProxyTimes times) => new()
    {
        HandshakeTimeout = times.Handshake,
        OnConnection = context => ValueTask.FromResult(For(context)),
    };

    private static SslServerAuthenticationOptions For(TlsHandshakeCallbackContext context)
    {
        var tunnel = context.Connection.Features.Get<ProxyConnection>()!.Tunnel!;
        var named = context.ClientHelloInfo.ServerName;
        if (named is { Length: > 0 } && !named.Equals(tunnel.Target.Host, StringComparison.OrdinalIgnoreCase))
        {
            tunnel.OtherName = named;
        }

        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = tunnel.Run.Authority.Find(tunnel.Target),
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }
}
