using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sanctum.Daemon.Proxy.Listening;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Door;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Where a request goes and for whom, whichever way it came in.</summary>
/// <param name="Run">Who sent it.</param>
/// <param name="Url">Where to: absolute, byte for byte what the client sent behind the host.</param>
/// <param name="Way">The way in, for the record.</param>
internal sealed record ProxyRequest(ProxyRun Run, string Url, string Way)
{
    /// <summary>Whether it asks for a WebSocket.</summary>
    public bool IsForSocket { get; init; }

    /// <summary>Through CONNECT, or with the whole URL.</summary>
    public const string Proxy = "proxy";

    /// <summary>By a lease's base URL.</summary>
    public const string BaseUrl = "base_url";

    /// <summary>The lease by whose base URL it came; then <see cref="Url"/> is what follows it.</summary>
    public LeaseKey? Lease { get; init; }

    private static readonly (string Prefix, bool Secure)[] Schemes = [("https://", true), ("http://", false)];

    /// <summary>Reads a request inside of a tunnel. All that names a host has to name the tunnel's.</summary>
    /// <exception cref="ProxyException">It names another, or is not for a tunnel.</exception>
    public static ProxyRequest InTunnel(HttpContext http, ProxyTunnel tunnel)
    {
        var target = tunnel.Target;
        if (!tunnel.IsSecure && target.Port == 443)
        {
            throw ProxyErrors.NotTls(target);
        }

        if (tunnel.OtherName is { } other)
        {
            throw ProxyErrors.Misdirected(other, target.ToString());
        }

        var host = http.Request.Headers.Host.ToString();
        if (host.Length > 0 && !Names(host, target, tunnel.IsSecure))
        {
            throw ProxyErrors.Misdirected(host, target.ToString());
        }

        var raw = RawTarget(http);
        var path = raw;
        if (TrySplit(raw, out var secure, out var authority, out var rest))
        {
            path = secure == tunnel.IsSecure && Names(authority, target, secure) ? rest : throw ProxyErrors.Misdirected(authority, target.ToString());
        }

        return new ProxyRequest(tunnel.Run, UrlOf(tunnel.IsSecure, target, path), Proxy);
    }

    /// <summary>Reads the URL of a request that came with all of it (RFC 9112, section 3.2.2). Its <c>Host</c> header plays no part.</summary>
    /// <exception cref="ProxyException">It is not such a request.</exception>
    public static string AbsoluteUrl(HttpContext http)
    {
        if (!TrySplit(RawTarget(http), out var secure, out var authority, out var path))
        {
            throw ProxyErrors.BadRequest(
                "this is a proxy, and the request has no absolute URL", "set it as the HTTP proxy of your program, as 'sanctum run' does");
        }

        return HostPort.TryParse(authority, secure ? 443 : 80, out var target)
            ? UrlOf(secure, target, path)
            : throw ProxyErrors.BadRequest("the host in the URL is malformed", "send a host in ASCII, in its usual spelling");
    }

    /// <summary>The request's target as it was sent, byte for byte.</summary>
    public static string RawTarget(HttpContext http) => http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    private static bool Names(string authority, HostPort target, bool secure) =>
        HostPort.TryParse(authority, secure ? 443 : 80, out var named) && named == target;

    private static string UrlOf(bool secure, HostPort target, string path) => path switch
    {
        ['/', ..] => $"{(secure ? "https" : "http")}://{target.Authority(secure)}{path}",
        "" or ['?', ..] => $"{(secure ? "https" : "http")}://{target.Authority(secure)}/{path}",
        _ => throw ProxyErrors.BadRequest("the request's target is not a path", "send a path that begins with '/'"),
    };

    private static bool TrySplit(string target, out bool secure, out string authority, out string path)
    {
        foreach (var (prefix, isSecure) in Schemes)
        {
            if (target.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                var end = target.AsSpan(prefix.Length).IndexOfAny('/', '?', '#');
                (secure, authority) = (isSecure, end < 0 ? target[prefix.Length..] : target[prefix.Length..(prefix.Length + end)]);
                path = target[(prefix.Length + authority.Length)..];
                return true;
            }
        }

        (secure, authority, path) = (false, "", "");
        return false;
    }
}
