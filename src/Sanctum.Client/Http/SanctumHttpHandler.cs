namespace Sanctum.Client;

/// <summary>
/// Sends what an <see cref="HttpClient"/> is asked for through the vault, which adds the secret:
/// <code>
/// using var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key")) { BaseAddress = new("https://api.openai.com/v1/") };
/// var models = await http.GetStringAsync("models");
/// </code>
/// </summary>
/// <remarks>
/// See <see cref="SanctumClient.SendAsync(string, HttpRequestMessage, CancellationToken)"/> for what is sent and what comes back.
/// <para>Like any transport, it drops headers about the connection (<c>Connection</c>, <c>Expect</c>, <c>Transfer-Encoding</c>, a <c>Host</c> that is the address's own).
/// SDKs want a key and send it with each request: give them any text. Headers in which they send it (<c>Authorization</c>, <c>X-Api-Key</c> and others) stay in this
/// process; see <see cref="HttpUseOptions.Placeholder"/> for other places.</para>
/// <para>A call that fails throws <see cref="HttpRequestException"/> with the <see cref="VaultException"/> inside, as handlers that retry expect it.
/// <see cref="RateLimitedException"/> becomes a response with status 429 and <c>Retry-After</c>, if nothing was sent.</para>
/// <para>Disposing the handler does not dispose the <see cref="SanctumClient"/>. <see cref="HttpClient.Timeout"/> is 100 s unless you set it.</para>
/// </remarks>
public sealed class SanctumHttpHandler : HttpMessageHandler
{
    private readonly SanctumClient _client;
    private readonly string _path;
    private readonly HttpUseOptions _options;

    /// <summary>Makes a handler that uses one credential for every request.</summary>
    /// <param name="client">The way to the vault; the handlers of several credentials may share it.</param>
    /// <param name="path">The credential's path.</param>
    /// <param name="options">How the secret is put into the requests; null for as the credential has it.</param>
    public SanctumHttpHandler(SanctumClient client, string path, HttpUseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        (_client, _path, _options) = (client, WholeText.CheckName(path, nameof(path)), options ?? new HttpUseOptions());
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.SendAsTransportAsync(_path, request, _options, cancellationToken).ConfigureAwait(false);
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

    /// <summary>The same for programs that block. A thread of the pool does the work.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.Run(() => SendAsync(request, cancellationToken), cancellationToken).GetAwaiter().GetResult();
}
