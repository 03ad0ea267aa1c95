namespace Sanctum.Extensions.Http;

/// <summary>The outermost handler of a client with a credential: what the vault refused is an exception again.</summary>
internal sealed class RefusalHandler : DelegatingHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        RequireNoRefusal(await base.SendAsync(request, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        RequireNoRefusal(base.Send(request, cancellationToken));

    private static HttpResponseMessage RequireNoRefusal(HttpResponseMessage response)
    {
        if (response is not RefusedResponse refused)
        {
            return response;
        }

        refused.Dispose();
        throw refused.Refusal;
    }
}
