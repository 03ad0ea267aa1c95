using System.Globalization;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;

namespace Sanctum;

internal static partial class Errors
{
    public static VaultException BoundToNothing(CredentialPath path) => EgressDenied(
        $"{path} is not bound to any host, so no request can carry it",
        "ask the operator to bind it: sanctum store --host NAME, or --service NAME");

    // What the credential is bound to is the operator's to tell.
    public static VaultException NotBound(CredentialPath path, Origin origin) => origin.IsSecure
        ? EgressDenied(
            $"{path} is not bound to {origin.Authority}",
            "check the host and port; the operator can bind others: sanctum store --host NAME")
        : EgressDenied(
            $"{path} is not bound to {origin}",
            "check the scheme, host and port; for development the operator can allow one exact origin: sanctum store --allow-origin URL");

    public static VaultException NotSecure(Origin origin) => EgressDenied(
        $"{origin} is not HTTPS",
        "use https://; for development the operator can allow one exact origin: sanctum store --allow-origin URL");

    public static VaultException MethodNotBound(CredentialPath path, string method) => EgressDenied(
        $"{path} may not be used for {method}",
        "use an allowed method, or ask the operator to allow this one");

    public static VaultException PathNotBound(CredentialPath path) => EgressDenied(
        $"{path} may not be used for this URL path",
        "use an allowed path, or ask the operator to allow this one; patterns are compared with the path as it is sent");

    public static VaultException PathUnclear(CredentialPath path) => EgressDenied(
        $"servers read this URL path in several ways, and {path} is limited to some paths",
        "write the path in plain UTF-8, percent-encoded once, without control characters and without look-alikes of '.', '/', '\\', '%', ';', '?' and '#'");

    public static VaultException NotGrantedThere(CredentialPath path, RequestTarget target) => EgressDenied(
        $"no policy grants {target.Method} to {target.Url.Origin.Authority} at this path with {path}",
        "use a host, method and path that your policies allow, or ask the vault's operator to allow this one");

    // Which address it was would tell an agent what the vault's network looks like.
    public static VaultException NotPublic(Origin origin) => EgressDenied(
        $"{origin.Authority} has no public address",
        "requests go only to public addresses; for a private server, the operator can allow its exact origin: sanctum store --allow-origin URL");

    public static VaultException InjectionFixed(string member, string type) => InvalidParams(
        member,
        $"the operator set this credential's header type to {type}: leave '{member}' out, or send the same value");

    public static VaultException HeaderNotYours(string name) => InvalidParams(
        "headers",
        $"callers can't set the header {name}: leave it out");

    public static VaultException OtherCredential(string member, string kind, string name) => InvalidParams(
        member,
        $"the {kind} {(CanEchoHeader(name) ? name : "that you sent")} carries another credential: leave it out, or ask the operator to allow it "
            + "(sanctum store --allow-credential NAME)");

    public static VaultException NotACredentialHeader() => InvalidParams(
        "header_name",
        "a call can choose only a header that carries credentials, such as X-Api-Key; the operator can choose any header: sanctum store --header-type custom:NAME");

    public static VaultException OtherPath(string name) => InvalidParams(
        "headers",
        $"the header {(CanEchoHeader(name) ? name : "that you sent")} names a path other than the URL's, and this call is limited to some paths: leave it out");

    public static VaultException OtherMethod(string method) => InvalidParams(
        "url",
        $"a query parameter names a method other than {method}, and some services obey it: set 'method' instead");

    public static VaultException OtherCaller() => InvalidParams(
        "url",
        "a query parameter names whom the request acts for, and some services obey it: leave it out");

    public static VaultException SecretInRequest(CredentialPath path) => new(
        VaultErrorCode.SecretInRequest,
        $"the request already contains the secret of {path}, so it was not sent",
        suggestion: "leave the secret out, since the vault adds it; this was recorded as a guess");

    public static VaultException GuessedTooOften(CredentialPath path, TimeSpan wait) =>
        RateLimited($"this agent's requests contained the secret of {path} too often", wait);

    public static VaultException UnsearchableBody() => InvalidParams(
        "body",
        "the body can't be decoded, so it can't be searched: leave out the header Content-Encoding, or encode the body as it says");

    public static VaultException CompressedMessages(string name) => InvalidParams(
        "headers",
        $"the header {name} says that the messages in the body are compressed, so they can't be searched: leave it out, and send them uncompressed");

    public static VaultException CompressedMessage() => InvalidParams(
        "body",
        "a message in the body is compressed, so it can't be searched: send messages uncompressed");

    public static VaultException CompressedMessageInQuery() => InvalidParams(
        "url",
        "the query says by 'compression' that its 'message' is compressed, so it can't be searched: leave it out, and send the message uncompressed");

    public static VaultException UnsearchableMessages() => UpstreamFailed(
        "the messages in the service's response are compressed, so they can't be searched for the secret",
        "have the service send them uncompressed");

    public static VaultException UpstreamFailed(string message, string suggestion) =>
        new(VaultErrorCode.UpstreamFailed, message, suggestion: suggestion);

    /// <summary>What to do about a request that was sent and has no response.</summary>
    public const string MayHaveBeenDone = "the service may have acted on the request: check before you send it again";

    /// <param name="limit">How long was waited.</param>
    /// <param name="most">The longest that a call may ask for.</param>
    /// <param name="sends">How often it was sent.</param>
    /// <param name="status">What the response began with; null when none did.</param>
    /// <param name="received">How much of its body had come. Null where it is compressed: its length then tells what in it is alike, such as the secret and what the agent sent.</param>
    public static VaultException TimedOut(TimeSpan limit, TimeSpan most, int sends, int? status, long? received)
    {
        var much = received is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count} bytes received, none delivered") : "none of it delivered";
        var longer = limit < most ? $"a 'timeout' of up to {Seconds(most)} gives it more time" : "the operator can allow more time: egress.max_timeout in config.json";
        return sends == 0
            ? UpstreamFailed($"the request was not sent within {Seconds(limit)}", $"try again; {longer}")
            : UpstreamFailed(
                status is null
                    ? $"the service sent no response within {Seconds(limit)}"
                    : string.Create(CultureInfo.InvariantCulture, $"the service's response was incomplete after {Seconds(limit)}: status {status}, {much}"),
                $"{MayHaveBeenDone}; {longer}");
    }

    /// <summary>A limit that was met when the request had been sent.</summary>
    public static VaultException LimitedAfterSending(VaultException limited, int sends) => new(
        limited.Code,
        limited.Message,
        suggestion: MayHaveBeenDone,
        context: new Dictionary<string, object>(limited.Context ?? new Dictionary<string, object>()) { ["sends"] = (long)sends });

    public static VaultException NotSearchable() => UpstreamFailed(
        "the search for the secret takes too long: both the secret and the text repeat themselves",
        "use a secret that does not repeat itself");

    public static VaultException NoConnectionWithin(Origin origin, TimeSpan limit) => UpstreamFailed(
        $"the connection to {origin.Authority} timed out after {Seconds(limit)}",
        "check the host and port, and try again later");

    public static VaultException ResponseTooLarge(int most) => new(
        VaultErrorCode.ResponseTooLarge,
        $"the service's response is larger than {most} bytes, the limit of a reply",
        suggestion: "request less from the service: one page, a filter, fewer fields",
        context: new Dictionary<string, object> { ["limit"] = (long)most });

    private static VaultException EgressDenied(string message, string suggestion) =>
        new(VaultErrorCode.EgressDenied, message, suggestion: suggestion);
}
