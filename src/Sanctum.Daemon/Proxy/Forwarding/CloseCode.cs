using System.Net.WebSockets;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>With which code a client's WebSocket is closed for a failure (RFC 6455, section 7.4.1).</summary>
internal static class CloseCode
{
    public static WebSocketCloseStatus Of(Exception failure) => failure switch
    {
        VaultException { Code: VaultErrorCode.VaultLocked } => WebSocketCloseStatus.EndpointUnavailable,
        VaultException { Code: VaultErrorCode.AccessDenied or VaultErrorCode.EgressDenied or VaultErrorCode.SecretInRequest or VaultErrorCode.SessionExpired or VaultErrorCode.LeaseExpired or VaultErrorCode.Quarantined or VaultErrorCode.RateLimited } =>
            WebSocketCloseStatus.PolicyViolation,
        _ => WebSocketCloseStatus.InternalServerError,
    };
}
