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
    /// <param name="request">What to send. Its address is absolute. Its headers go as they are; those that are the vault's to set (the injected one,
    /// <c>Host</c>, …) it refuses. HTTP version and <see cref="HttpRequestMessage.Options"/> play no part.</param>
    /// <param name="cancellationToken">Stops the waiting, not the request once it is sent.</param>
    /// <returns>
    /// The response, whatever its status, with all of its body. Redirects are not followed. A header that came on several lines may be one here, joined by
    /// commas, and <c>Content-Length</c>, except after <c>HEAD</c>, is that of the body as the vault gave it.
    /// </returns>
    /// <exception cref="ArgumentException">The request's address is relative or missing, or the request is larger than a call may be (16 MiB).</exception>
    /// <exception cref="AccessDeniedException">No policy lets this agent use this path, or send this with it.</exception>
    /// <exception cref="OutcomeUnknownException">The connection to the vault broke, or no reply came within half a minute after the time that the vault has
    /// (<see cref="HttpUseOptions.Timeout"/>, or 5 minutes): the request may have been sent or not. <see cref="SanctumClientOptions.RequestTimeout"/> is for other calls.</exception>
    /// <exception cref="VaultException"><see cref="VaultException.Code"/> is <see cref="ErrorCode.EgressDenied"/>: the credential is not bound to the destination.
    /// <see cref="ErrorCode.UpstreamFailed"/>: it did not respond, or not usably. <see cref="ErrorCode.ApprovalRequired"/>: a human must approve first.
    /// <see cref="ErrorCode.ResponseTooLarge"/>: the response does not fit a reply. <see cref="ErrorCode.InvalidParams"/>: the vault does not send such a
    /// request.</exception>
    public virtual Task<HttpResponseMessage> SendAsync(string path, HttpRequestMessage request, CancellationToken cancellationToken = default) =>
        SendAsync(path, request, new HttpUseOptions(), cancellationToken);

    /// <summary>The same, with a say in how the secret is put into the request and how long the vault waits.</summary>
    /// <param name="options">How.</param>
    /// <inheritdoc cref="SendAsync(string, HttpRequestMessage, CancellationToken)"/>
    public virtual Task<HttpResponseMessage> SendAsync(
        string path,
        HttpRequestMessage request,
        HttpUseOptions options,
        CancellationToken cancellationToken = default) =>
        SendAsync(path, request, options, asTransport: false, cancellationToken);

    /// <summary>The same for a handler: without what a transport writes by itself, and without the key that an SDK sends.</summary>
    internal Task<HttpResponseMessage> SendAsTransportAsync(string path, HttpRequestMessage request, HttpUseOptions options, CancellationToken cancellationToken) =>
        SendAsync(path, request, options, asTransport: true, cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(
        string path, HttpRequestMessage request, HttpUseOptions options, bool asTransport, CancellationToken cancellationToken)
    {
        WholeText.CheckName(path, nameof(path));
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        var parameters = await OutgoingRequest.WriteAsync(request, options, asTransport, cancellationToken).ConfigureAwait(false);
        return await UseAsync(
            path,
            "http_request",
            parameters,
            reply => IncomingResponse.Read(reply.ReadResult(Replies.Default.HttpRequestReply), request),
            (options.Timeout ?? VaultsTimeout) + Longer,
            cancellationToken).ConfigureAwait(false);
    }
}
