using System.Net.Sockets;
using System.Text.Json;
using Sanctum.Protocol;

namespace Sanctum.Client;

/// <summary>Every error of this client is made here, named by its reason.</summary>
internal static class Errors
{
    /// <summary>The vault's error. Codes without a type of their own become the base type.</summary>
    public static VaultException From(RpcError error)
    {
        var made = error.Code switch
        {
            ErrorCode.AuthFailed => new AuthException(error.Message),
            ErrorCode.AccessDenied => new AccessDeniedException(error.Message),
            ErrorCode.CredentialNotFound => new CredentialNotFoundException(error.Message),
            ErrorCode.VaultLocked => new VaultLockedException(error.Message),
            ErrorCode.LeaseExpired => new LeaseExpiredException(error.Message),
            ErrorCode.RateLimited => new RateLimitedException(error.Message),
            ErrorCode.Quarantined => new QuarantinedException(error.Message),
            ErrorCode.SessionExpired => new SessionExpiredException(error.Message),
            _ => new VaultException(error.Code, error.Message),
        };
        (made.Detail, made.Suggestion, made.DocsUrl) = (error.Detail, error.Suggestion, error.DocsUrl);
        if (error.Context is { ValueKind: JsonValueKind.Object } context)
        {
            made.Context = context.EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        }

        return made;
    }

    /// <summary>As programs that use an <see cref="HttpClient"/> expect a failure; what the vault said is inside.</summary>
    public static HttpRequestException AsHttp(VaultException failure) => new(
        failure.Code switch
        {
            "CONNECTION_FAILED" => HttpRequestError.ConnectionError,
            "OUTCOME_UNKNOWN" => HttpRequestError.ResponseEnded,
            "PROTOCOL_ERROR" => HttpRequestError.InvalidResponse,
            ErrorCode.AuthFailed => HttpRequestError.UserAuthenticationError,
            ErrorCode.ResponseTooLarge => HttpRequestError.ConfigurationLimitExceeded,
            _ => HttpRequestError.Unknown,
        },
        $"{failure.Message} ({failure.Code}){(failure.Suggestion is { } advice ? $"; {advice}" : "")}",
        failure);

    public static VaultConnectionException Unreachable(object address, Exception inner) =>
        new($"the vault's daemon at {address} can't be reached: {Why(inner)}", inner)
        {
            Suggestion = inner is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? "have the vault's operator list this user in 'allowed_uids' and put the socket outside the vault's folder"
                : "start it with 'sanctum daemon start', or name the right socket or port",
        };

    public static VaultConnectionException UntrustedCertificate(object address, string flaw, string advice, Exception inner) =>
        new($"no trusted TLS connection to {address}: {flaw}; nothing was sent", inner)
        {
            Suggestion = advice,
        };

    public static VaultConnectionException NoTls(object address, Exception inner) =>
        new($"no TLS connection to {address}: {inner.Message}", inner)
        {
            Suggestion = "check that this port has TLS; without TLS, the address is HOST:PORT, and the operators' one http://127.0.0.1:PORT",
        };

    public static VaultConnectionException TlsFile(string option, string file, Exception? inner) =>
        new($"{option}: {file} can't be used: {inner?.Message ?? "it has no certificate"}", inner)
        {
            Suggestion = "name a file in PEM that this user can read",
        };

    public static VaultConnectionException UntrustedFile(string option, string file, string what, string advice) =>
        new($"{option}: {file} {what}; nothing was sent")
        {
            Suggestion = advice,
        };

    public static VaultConnectionException AllUnreachable(IReadOnlyList<(System.Net.EndPoint Address, VaultException Failure)> failures) =>
        new($"none of the {failures.Count} addresses has a daemon: {string.Join("; ", failures.Select(failed => failed.Failure.Message))}", failures[^1].Failure)
        {
            Suggestion = failures[^1].Failure.Suggestion,
        };

    public static VaultConnectionException UntrustedDaemon(string socket, uint listener, uint? expected) =>
        new($"user {listener} listens on {socket}{(expected is { } user ? $", and it has to be user {user}" : ", who is not known to be the daemon's user")}: nothing was sent")
        {
            Suggestion = "find out who put that socket there; if it is the daemon, work as its user or set the DaemonUserId option",
        };

    public static VaultConnectionException ConnectTimeout(object address, TimeSpan after, Exception inner) =>
        new($"signing in at {address} timed out after {after.TotalSeconds:0.###} s", inner);

    public static VaultConnectionException SignInBroken(object address, Exception inner) =>
        new($"the connection to {address} broke while signing in: {inner.Message}", inner);

    public static VaultConnectionException TunnelBroken(object address, Exception inner) =>
        new($"the connection to {address} broke before anything was sent: {inner.Message}", inner);

    public static VaultConnectionException NotThroughProxy(Exception inner) =>
        new($"nothing was sent through the daemon's proxy: {inner.InnerException?.Message ?? inner.Message}", inner);

    public static VaultConnectionException ProxyUnreachable(object address, Exception inner) =>
        new($"the daemon's proxy at {address} can't be reached, and nothing was sent: {Why(inner)}", inner)
        {
            Suggestion = "have the vault's operator put that socket where this user or container reaches it, with 'listeners.proxy_socket' in config.json or --proxy-socket",
        };

    public static VaultConnectionException ProxyGone(Exception inner) =>
        new("the vault's daemon no longer has a proxy", inner);

    public static VaultConnectionException KeepsClosing(object address, Exception inner) =>
        new($"the vault's daemon at {address} signs the agent in and then closes the connection", inner);

    public static VaultConnectionException ConnectionEnded(object address) =>
        new($"the connection to {address} has ended, and so has what belonged to it");

    public static VaultConnectionException NotSentInTime(string method, TimeSpan after, Exception inner) =>
        new($"'{method}' was not sent: the daemon has read nothing for {after.TotalSeconds:0.###} s", inner);

    public static OutcomeUnknownException OutcomeUnknown(string method, Exception? reason) =>
        new($"'{method}' was sent, but the connection broke before the reply: the call may have taken effect", reason)
        {
            Suggestion = "check whether it took effect before you repeat it",
        };

    public static OutcomeUnknownException NoReply(string method, TimeSpan after) =>
        new($"'{method}' was sent, but no reply came within {after.TotalSeconds:0.###} s: the call may have taken effect")
        {
            Suggestion = "check whether it took effect before you repeat it",
        };

    public static NotSupportedException Substitute() => new("this client is a substitute without a vault: override the method that is called");

    public static ArgumentException NotOfTheWeb() =>
        new("the request's address must be absolute, with https:// or http://", nameof(HttpRequestMessage.RequestUri));

    // Its name is the program's own, and so is no secret; its value may be one.
    public static ArgumentException InvalidHeaderValue(string name) =>
        new($"the value of the header {name} must be visible ASCII characters, spaces and tabs, with no line breaks", nameof(HttpRequestMessage.Headers));

    public static VaultException UnusableReply(string method, Exception? inner = null) =>
        new("PROTOCOL_ERROR", $"the reply to '{method}' does not follow the protocol", inner);

    public static AuthException NotAuthenticated() => new("the daemon did not confirm the sign-in");

    public static AuthException NotAChallenge(string why, Exception? inner = null) =>
        new($"the daemon's challenge was not signed: {why}", inner)
        {
            Suggestion = "check that the client is connected to the vault",
        };

    public static AuthException KeyFile(string path, string why, string? suggestion = null, Exception? inner = null) =>
        new($"the key file {path} {why}", inner) { Suggestion = suggestion };

    // The system's words for a missing socket are "Cannot assign requested address".
    private static string Why(Exception failure) => (failure as SocketException)?.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "the socket does not exist",
        SocketError.ConnectionRefused => "no daemon is listening there",
        SocketError.AccessDenied => "this user may not connect to it",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the host name has no address",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown => "the host is unreachable",
        _ => failure.Message,
    };
}
