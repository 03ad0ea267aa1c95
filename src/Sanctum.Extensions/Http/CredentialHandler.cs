using Sanctum.Client;
using Sanctum.Protocol;

namespace Sanctum.Extensions.Http;

/// <summary>The innermost handler of a client with a credential. It tells what can be repeated from what the vault refused, which would be refused again.</summary>
internal sealed class CredentialHandler(SanctumHttpHandler vault) : DelegatingHandler(vault)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException refusal) when (IsRefusal(refusal))
        {
            return new RefusedResponse(request, refusal);
        }
    }

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return base.Send(request, cancellationToken);
        }
        catch (HttpRequestException refusal) when (IsRefusal(refusal))
        {
            return new RefusedResponse(request, refusal);
        }
    }

    // These come and go: the daemon restarts, a connection breaks, the service is down.
    private static bool IsRefusal(HttpRequestException failure) => failure.InnerException is VaultException { Code: var code }
        && code is not ("CONNECTION_FAILED" or "OUTCOME_UNKNOWN" or ErrorCode.UpstreamFailed or ErrorCode.InternalError);
}
