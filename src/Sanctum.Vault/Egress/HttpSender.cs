using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Egress;

/// <summary>
/// Sends requests, over connections that are kept warm for each origin. Two pools: one that reaches public addresses only, and one for
/// the exact origins that an operator allowed, so that no request finds a connection waiting that its own credential could not have made.
/// </summary>
internal sealed class HttpSender : IDisposable
{
    // In KiB, as the handler counts: RFC 9110 leaves it open, and browsers and proxies stop well below.
    private const int MaxHeaders = 64;

    private readonly HttpMessageInvoker _public;
    private readonly HttpMessageInvoker _allowed;

    public HttpSender(EgressOptions options)
    {
        var policy = TrustPolicy.With(options.TrustedAuthorities);
        _public = new HttpMessageInvoker(Handler(options, new Dialer(options.Resolve, publicOnly: true), policy));
        _allowed = new HttpMessageInvoker(Handler(options, new Dialer(options.Resolve, publicOnly: false), policy));
    }

    /// <summary>Sends it, and returns once the head of the answer is there. The caller disposes both.</summary>
    /// <param name="originAllowed">Whether the operator allowed this exact origin, whatever its address is.</param>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool originAllowed, CancellationToken cancellationToken) =>
        (originAllowed ? _allowed : _public).SendAsync(request, cancellationToken);

    public void Dispose()
    {
        _public.Dispose();
        _allowed.Dispose();
    }

    private static SocketsHttpHandler Handler(EgressOptions options, Dialer dialer, X509ChainPolicy policy) => new()
    {
        ConnectCallback = dialer.ConnectAsync,
        ConnectTimeout = options.ConnectTimeout,

        // Everything that would add to a request, follow an answer, or take advice from the process's environment.
        AllowAutoRedirect = false,
        UseProxy = false,
        Proxy = null,
        UseCookies = false,
        Credentials = null,
        DefaultProxyCredentials = null,
        PreAuthenticate = false,
        ActivityHeadersPropagator = null,

        // Decoded by us, with a limit, and searched.
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = MaxHeaders,
        MaxResponseDrainSize = 0,

        // DNS is asked again now and then.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        EnableMultipleHttp2Connections = true,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = policy,
        },
    };
}
