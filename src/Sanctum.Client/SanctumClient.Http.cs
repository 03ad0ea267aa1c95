using Sanctum.Client.Connections;
using Sanctum.Protocol;

namespace Sanctum.Client;

public partial class SanctumClient
{
    // What a vault waits for a response unless it is configured otherwise, and what it may take besides: to connect, to ask a human, to search.
    private static readonly TimeSpan VaultsTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longer = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Has the vault send an HTTP request with a secret in it that the agent does not see. The vault sends it only to hosts that its operator
    /// bound to the credential, and takes the secret out of what comes back.
    /// </summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="request">What to send. Its address is absolute. Its headers go as they are; those that are the vault's to set (the injected one, …) it refuses. Its body is read
    /// while it is sent, and has any size. Its version is that of the connection to the daemon; the one to the service is the vault's choice.</param>
    /// <param name="cancellationToken">Stops the waiting, and ends the request. The service may have it by then.</param>
    /// <returns>
    /// The response, whatever its status, as soon as its headers are there. Read its body before you dispose of the client: it comes as the service sends it, and ends with an
    /// <see cref="HttpIOException"/> where the service, the daemon or a withdrawn grant ends it early. Redirects are not followed.
    /// </returns>
    /// <remarks>
    /// Requests go through the daemon's proxy, as with <see cref="SanctumHttpHandler"/>. Where the daemon is reached over TCP or has no proxy, they go as one call of
    /// <c>http_request</c>: bodies are whole, of at most 16 MiB to the service and 4 MiB back, and cancelling stops the waiting alone.
    /// </remarks>
    /// <exception cref="ArgumentException">The request's address is relative or missing, a header's value is malformed, or the request is larger than a call may be.</exception>
    /// <exception cref="AccessDeniedException">No policy lets this agent use this path, or send this with it.</exception>
    /// <exception cref="OutcomeUnknownException">The connection to the vault broke before the response's headers were there, or they did not come within <see cref="HttpUseOptions.Timeout"/>: the
    /// request may have been sent or not. <see cref="SanctumClientOptions.RequestTimeout"/> is for other calls.</exception>
    /// <exception cref="VaultException"><see cref="VaultException.Code"/> is <see cref="ErrorCode.EgressDenied"/>: the credential is not bound to the destination.
    /// <see cref="ErrorCode.UpstreamFailed"/>: it did not respond, or not usably. <see cref="ErrorCode.ApprovalRequired"/>: a human must approve first.
    /// <see cref="ErrorCode.InvalidParams"/>: the vault does not send such a request.</exception>
    public virtual Task<HttpResponseMessage> SendAsync(string path, HttpRequestMessage request, CancellationToken cancellationToken = default) =>
        SendAsync(path, request, new HttpUseOptions(), cancellationToken);

    /// <summary>The same, with a say in how the secret is put into the request and how long the vault waits.</summary>
    /// <param name="options">How.</param>
    /// <inheritdoc cref="SendAsync(string, HttpRequestMessage, CancellationToken)"/>
    public virtual async Task<HttpResponseMessage> SendAsync(
        string path,
        HttpRequestMessage request,
        HttpUseOptions options,
        CancellationToken cancellationToken = default)
    {
        WholeText.CheckName(path, nameof(path));
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        ProxiedRequest.RequireAddress(request);
        ProxiedRequest.RequireHeaders(request);
        var sending = new ProxiedSending(this, path, options, asTransport: false);
        return await sending.FindAsync(cancellationToken).ConfigureAwait(false) is { } transport
            ? await new ProxiedCall(sending).SendAsync(transport, request, cancellationToken).ConfigureAwait(false)
            : await SendWholeAsync(path, request, options, asTransport: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request as one call, where the daemon has no proxy.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="request">What to send.</param>
    /// <param name="options">How.</param>
    /// <param name="asTransport">Whether it is without what a transport writes by itself, and without the key that an SDK sends.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    internal async Task<HttpResponseMessage> SendWholeAsync(
        string path, HttpRequestMessage request, HttpUseOptions options, bool asTransport, CancellationToken cancellationToken)
    {
        var parameters = await OutgoingRequest.WriteAsync(request, options, asTransport, cancellationToken).ConfigureAwait(false);
        return await UseAsync(
            path,
            "http_request",
            CallParameters.Of(parameters),
            reply => IncomingResponse.Read(reply.ReadResult(Replies.Default.HttpRequestReply), request),
            (options.Timeout ?? VaultsTimeout) + Longer,
            cancellationToken).ConfigureAwait(false);
    }
}
