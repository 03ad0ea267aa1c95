using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Whether a request asks for another protocol: WebSocket, by an upgrade (RFC 6455) or by HTTP/2's extended CONNECT (RFC 8441), and nothing else.</summary>
internal static class Upgrades
{
    private const string WebSocket = "websocket";

    /// <summary>Whether it asks for a WebSocket.</summary>
    /// <exception cref="ProxyException">It asks for one in a way that is malformed, or for something else.</exception>
    public static bool IsForSocket(HttpContext http)
    {
        var (upgrade, extended) = (http.Request.Headers.Upgrade.ToString(), http.Features.Get<IHttpExtendedConnectFeature>());
        var asked = extended is { IsExtendedConnect: true } ? extended.Protocol ?? "" : upgrade;
        if (asked.Length == 0 || IsIgnored(asked))
        {
            return false;
        }

        if (!asked.Equals(WebSocket, StringComparison.OrdinalIgnoreCase))
        {
            throw ProxyErrors.OtherUpgrade();
        }

        return http.WebSockets.IsWebSocketRequest ? true : throw ProxyErrors.BadHandshake();
    }

    // Of HTTP itself, which those who ask for it go on without (RFC 9113, section 3.1).
    private static bool IsIgnored(string upgrade) => upgrade.Split(',', StringSplitOptions.TrimEntries).All(protocol => protocol.Equals("h2c", StringComparison.OrdinalIgnoreCase));
}
