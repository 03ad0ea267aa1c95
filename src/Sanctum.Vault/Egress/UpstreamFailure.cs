using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using Sanctum.Destinations;
using Sanctum.Egress.Connections;

namespace Sanctum.Egress;

/// <summary>
/// Puts a failed request into our own words. The exceptions' words are not passed on, nor the exceptions: what a handler complains
/// about can be a line of the response, and the secret be in it.
/// </summary>
internal static class UpstreamFailure
{
    // PROTOCOL_ERROR (RFC 9113, section 7): .NET's client has it for what it can't make sense of, too.
    private const int OwnProtocolError = 1;

    /// <summary>Why there is no connection.</summary>
    public static VaultException OfDialing(Exception failure, Origin origin) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => NotFound(origin),
        AuthenticationException or IOException => Errors.UpstreamFailed(
            $"no trusted TLS connection to {origin.Authority} could be made",
            "nothing was sent; the operator can trust a private certificate authority: egress.trusted_ca_file in config.json"),
        _ => Errors.UpstreamFailed($"no connection to {origin.Authority} could be made", "check the host and port, and try again later"),
    };

    /// <summary>Puts what went wrong once a request was on its way into our own words.</summary>
    /// <returns>What to throw instead; null where it is to be thrown as it is.</returns>
    public static Exception? Translate(Exception failure, Origin origin, CancellationToken cancellationToken) => failure switch
    {
        WrittenAgainException => NotTaken(origin),
        HttpRequestException cancelled when cancellationToken.IsCancellationRequested => new OperationCanceledException(cancelled.HttpRequestError.ToString(), cancellationToken),
        HttpRequestException failed => Of(failed, origin),

        // An invalid operation is what the decoder of brotli calls invalid data.
        IOException or InvalidDataException or InvalidOperationException or ZstdSharp.ZstdException or SocketException => OfBody(failure),
        _ => null,
    };

    /// <summary>Why there is no response.</summary>
    public static VaultException Of(HttpRequestException failure, Origin origin)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is SpentException)
            {
                return Closed(origin);
            }

            if (cause is UnaskedException)
            {
                return Errors.UpstreamFailed($"{origin.Authority} sent a response before the request", "nothing was sent; the service is at fault");
            }

            if (cause is UnreadException)
            {
                return Unread(origin);
            }

            if (cause is SocketException or TruncatedException)
            {
                return Closed(origin);
            }

            if (cause is HttpProtocolException reset && reset.ErrorCode != OwnProtocolError)
            {
                return Errors.UpstreamFailed($"{origin.Authority} ended the request with error {reset.ErrorCode} of HTTP/2, without a response", Errors.MayHaveBeenDone);
            }
        }

        return failure.HttpRequestError switch
        {
            HttpRequestError.ConfigurationLimitExceeded => Errors.UpstreamFailed("the service's response has too many headers", "ask the service for less"),
            HttpRequestError.ResponseEnded => Closed(origin),

            // What is left of input and output: records that TLS can't decrypt, and the like.
            HttpRequestError.Unknown when failure.InnerException is IOException => Errors.UpstreamFailed($"the connection to {origin.Authority} broke before there was a response", Errors.MayHaveBeenDone),
            _ => Errors.UpstreamFailed("the service's response is not valid HTTP", "try again; if it happens again, the service is at fault"),
        };
    }

    /// <summary>What went wrong while the body was read.</summary>
    public static VaultException OfBody(Exception failure) => failure switch
    {
        HttpIOException or EndOfStreamException or SocketException or TruncatedException => BrokeOff(),
        IOException { InnerException: SocketException } => BrokeOff(),
        _ => Errors.UpstreamFailed("the service's response is damaged or incomplete, so none of it was delivered", "try again"),
    };

    private static VaultException NotFound(Origin origin) =>
        Errors.UpstreamFailed($"the host name {origin.Host} has no address", "check the host's name, and that the vault's machine can resolve it");

    public static VaultException BrokeOff() =>
        Errors.UpstreamFailed("the service's response ended early, so none of it was delivered", Errors.MayHaveBeenDone);

    /// <summary>It was to be sent more often than it may be: the service said each time, in HTTP/2's words, that it did nothing with it.</summary>
    public static VaultException NotTaken(Origin origin) =>
        Errors.UpstreamFailed($"{origin.Authority} did not process the request", "the service says that the request had no effect; try again later");

    private static VaultException Unread(Origin origin) => Errors.UpstreamFailed(
        $"{origin.Authority} sent too many HTTP/2 frames that need an acknowledgement, and read none", $"the service is at fault; {Errors.MayHaveBeenDone}");

    private static VaultException Closed(Origin origin) =>
        Errors.UpstreamFailed($"{origin.Authority} closed the connection before it sent a response", Errors.MayHaveBeenDone);
}
