namespace Sanctum.Client;

/// <summary>
/// Sends what an <see cref="HttpClient"/> is asked for through the vault, which adds the secret:
/// <code>
/// using var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key")) { BaseAddress = new("https://api.openai.com/v1/") };
/// var models = await http.GetStringAsync("models");
/// </code>
/// </summary>
/// <remarks>
/// Requests go over HTTP through the daemon's proxy: bodies stream both ways and have any size, and HTTP/2 and server-sent events are as they are elsewhere. Bodies that have to be
/// signed for AWS, or that a human has to approve, have at most 16 MiB. Where the daemon is reached over TCP or has no proxy, each
/// request and its response is one whole call of <c>http_request</c>.
/// <para>SDKs want a key and send it with each request: give them any text. Headers in which they send it (<c>Authorization</c>, <c>X-Api-Key</c> and others) are taken
/// off; see <see cref="HttpUseOptions.Placeholder"/> for other places. Redirects are not followed, cookies are not kept, and no request is sent twice.</para>
/// <para>What the vault refuses throws <see cref="HttpRequestException"/> with the <see cref="VaultException"/> inside, as handlers that retry expect it.
/// <see cref="RateLimitedException"/> becomes a response with status 429 and <c>Retry-After</c>, if nothing was sent; 503 where the daemon is stopping.</para>
/// <para>Disposing the handler does not dispose the <see cref="SanctumClient"/>, whose handlers share connections. <see cref="HttpClient.Timeout"/> is 100 s unless you set it.</para>
/// </remarks>
public sealed class SanctumHttpHandler : HttpMessageHandler
{
    private readonly SanctumClient _client;
    private readonly string _path;
    private readonly HttpUseOptions _options;
    private readonly ProxiedSending _proxied;

    /// <summary>Makes a handler that uses one credential for every request.</summary>
    /// <param name="client">The way to the vault; the handlers of several credentials may share it.</param>
    /// <param name="path">The credential's path.</param>
    /// <param name="options">How the secret is put into the requests; null for as the credential has it.</param>
    public SanctumHttpHandler(SanctumClient client, string path, HttpUseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        (_client, _path, _options) = (client, WholeText.CheckName(path, nameof(path)), options ?? new HttpUseOptions());
        _proxied = new ProxiedSending(_client, _path, _options, asTransport: true);
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_client.IsSubstitute)
        {
            return await SendToSubstituteAsync(request, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await _proxied.FindAsync(cancellationToken).ConfigureAwait(false) is { } transport
                ? await _proxied.SendAsync(transport, request, cancellationToken).ConfigureAwait(false)
                : await _client.SendWholeAsync(_path, request, _options, asTransport: true, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException refused) when (refused.InnerException is RateLimitedException limited)
        {
            return RateLimitedResponse.Of(limited, request);
        }
        catch (HttpRequestException refused) when (refused.InnerException is VaultException failure)
        {
            throw Errors.AsHttp(failure);
        }
        catch (RateLimitedException limited) when (!limited.WasSent)
        {
            return RateLimitedResponse.Of(limited, request);
        }
        catch (VaultException failure)
        {
            throw Errors.AsHttp(failure);
        }
    }

    private async Task<HttpResponseMessage> SendToSubstituteAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.SendAsync(_path, request, _options, cancellationToken).ConfigureAwait(false);
        }
        catch (RateLimitedException limited)
        {
            return RateLimitedResponse.Of(limited, request);
        }
        catch (VaultException failure)
        {
            throw Errors.AsHttp(failure);
        }
    }

    /// <summary>The same for programs that block. A thread of the pool does the work.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.Run(() => SendAsync(request, cancellationToken), cancellationToken).GetAwaiter().GetResult();
}
