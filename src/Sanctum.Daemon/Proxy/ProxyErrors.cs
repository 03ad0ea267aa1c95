using Microsoft.AspNetCore.Http;
using Sanctum.Daemon.Rpc;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Proxy;

/// <summary>The one place where a failure becomes what a client of the proxy gets.</summary>
internal static class ProxyErrors
{
    /// <summary>The challenge of a 407 response.</summary>
    public const string Challenge = "Basic realm=\"sanctum\"";

    public static ProxyException NoToken() => new(new ProxyError(
        StatusCodes.Status407ProxyAuthenticationRequired,
        ErrorCode.AuthFailed,
        "the proxy requires a run's token",
        Suggestion: "start the program with 'sanctum run', or send 'Proxy-Authorization: Basic' with user 'run' and the token of 'proxy_open'"));

    public static ProxyException WrongToken() => new(new ProxyError(
        StatusCodes.Status407ProxyAuthenticationRequired,
        ErrorCode.AuthFailed,
        "unknown or expired token",
        Suggestion: "the token ends with the agent's connection; start the program with 'sanctum run' again"));

    public static ProxyException NoSessionToken() => new(new ProxyError(
        StatusCodes.Status401Unauthorized,
        ErrorCode.AuthFailed,
        "a base URL requires a session token",
        Suggestion: "send the 'session_token' of 'crp/use' where your client sends its API key"));

    public static ProxyException WrongSessionToken() => new(new ProxyError(
        StatusCodes.Status401Unauthorized,
        ErrorCode.AuthFailed,
        "unknown or expired session token",
        Suggestion: "the token ends with the agent's connection; call 'crp/use' again on an open one"));

    public static ProxyException HostRefused() => new(new ProxyError(
        StatusCodes.Status421MisdirectedRequest,
        ErrorCode.EgressDenied,
        "this Host or Origin is not allowed at a base URL",
        Suggestion: "use the base URL as 'crp/use' returned it; web pages can't"));

    public static ProxyException TooManyWrongTokens() => new(new ProxyError(
        StatusCodes.Status429TooManyRequests, ErrorCode.RateLimited, "too many wrong tokens", Suggestion: "wait a minute, then send the right token", RetryAfter: 60));

    /// <summary>The daemon is stopping, and has done nothing for the request. To clients of HTTP that is 503, and not 429: the limit is not theirs.</summary>
    public static ProxyException Stopping() => new(new ProxyError(
        StatusCodes.Status503ServiceUnavailable,
        ErrorCode.RateLimited,
        "this daemon is stopping, and begins nothing new",
        Suggestion: "send the request again: by another daemon of this vault, or by this one once it is back",
        RetryAfter: 1,
        Context: new Dictionary<string, object> { [RpcContext.Daemon] = RpcContext.Stopping }));

    public static ProxyException TooManyConnections() => new(new ProxyError(
        StatusCodes.Status429TooManyRequests,
        ErrorCode.RateLimited,
        "this agent has too many connections to the proxy",
        Suggestion: "close unused connections, or raise 'limits.proxy_connections' in config.json",
        RetryAfter: 1));

    public static ProxyException BadRequest(string message, string suggestion) =>
        new(new ProxyError(StatusCodes.Status400BadRequest, ErrorCode.InvalidRequest, message, Suggestion: suggestion));

    public static ProxyException Misdirected(string named, string target) => new(new ProxyError(
        StatusCodes.Status421MisdirectedRequest,
        ErrorCode.EgressDenied,
        $"the request names '{named}', and the tunnel goes to '{target}'",
        Suggestion: "send each request through a tunnel to its own host"));

    public static ProxyException NotOfRun(HostPort target) => new(new ProxyError(
        StatusCodes.Status403Forbidden,
        ErrorCode.EgressDenied,
        $"no credential of this run is bound to '{target}'",
        Suggestion: "name the credential in 'credentials' when the run is opened, or name none to have all that the agent may use"));

    public static ProxyException StaleRun(HostPort target) => new(new ProxyError(
        StatusCodes.Status407ProxyAuthenticationRequired,
        ErrorCode.AuthFailed,
        $"this run was opened before its credential was bound to '{target}'",
        Suggestion: "open another run with 'proxy_open'"));

    /// <summary>The session was over before anything was done for the request: a client that signs in again can send it again.</summary>
    public static ProxyException SessionOver(VaultException over) => new(new ProxyError(
        StatusCodes.Status403Forbidden, ErrorCode.SessionExpired, over.Message, over.Detail, over.Suggestion, Context: new Dictionary<string, object> { ["sends"] = 0L }));

    public static ProxyException NotTls(HostPort target) => new(new ProxyError(
        StatusCodes.Status400BadRequest,
        ErrorCode.EgressDenied,
        $"the tunnel to '{target}' requires TLS, and the client sent something else",
        Suggestion: "use https, or port 80 for plain HTTP"));

    public static ProxyException MethodRefused(string method) => new(new ProxyError(
        StatusCodes.Status405MethodNotAllowed, ErrorCode.InvalidRequest, $"the proxy does not forward {method}", Suggestion: "use another method"));

    public static ProxyException OtherUpgrade() => new(new ProxyError(
        StatusCodes.Status501NotImplemented, ErrorCode.UnsupportedOperation, "the proxy forwards no upgrade but to WebSocket", Suggestion: "leave out the Upgrade header"));

    public static ProxyException BadHandshake() => BadRequest(
        "the WebSocket handshake is malformed", "send GET with 'Connection: Upgrade', 'Upgrade: websocket', version 13 and a key of 16 bytes in base64");

    /// <summary>What a client is told about a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="requestId">Names the request in the log.</param>
    public static ProxyError From(Exception failure, string requestId) => failure switch
    {
        ProxyException refused => refused.Error,
        RpcException rpc => new ProxyError(StatusOf(rpc.Error.Code), rpc.Error.Code, rpc.Error.Message, rpc.Error.Detail, rpc.Error.Suggestion),
        VaultException vault when RpcErrors.CodeOf(vault.Code) is { } code => new ProxyError(
            StatusOf(code), code, vault.Message, vault.Detail, vault.Suggestion, vault.Context?.GetValueOrDefault("retry_after") as long?, vault.Context),
        BadHttpRequestException malformed => new ProxyError(malformed.StatusCode, ErrorCode.InvalidRequest, malformed.Message),
        OperationCanceledException => From(RpcErrors.Ended(), requestId),
        VaultException vault when RpcErrors.IsWithoutDatabase(vault) => new ProxyError(
            StatusCodes.Status503ServiceUnavailable,
            ErrorCode.InternalError,
            vault.Message,
            Suggestion: vault.Suggestion,
            RetryAfter: 1,
            Context: new Dictionary<string, object> { [RpcContext.Daemon] = RpcContext.NoDatabase }),
        _ => new ProxyError(
            StatusCodes.Status500InternalServerError,
            ErrorCode.InternalError,
            "the request failed with an internal error",
            Suggestion: $"the daemon's log has the cause, under request {requestId}"),
    };

    /// <summary>Whether a client can cause it; anything else belongs into the log.</summary>
    public static bool IsExpected(Exception failure) => failure is ProxyException or BadHttpRequestException || RpcErrors.IsExpected(failure);

    private static int StatusOf(string code) => code switch
    {
        ErrorCode.VaultLocked => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorCode.UpstreamFailed or ErrorCode.ResponseTooLarge => StatusCodes.Status502BadGateway,
        ErrorCode.InvalidParams or ErrorCode.InvalidRequest or ErrorCode.UnsupportedOperation => StatusCodes.Status400BadRequest,
        ErrorCode.CredentialDamaged or ErrorCode.InternalError => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status403Forbidden,
    };
}
