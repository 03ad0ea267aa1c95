using System.Runtime.ExceptionServices;
using Sanctum.Client.Runs;

namespace Sanctum.Client;

/// <summary>One request of <see cref="SanctumClient.SendAsync(string, HttpRequestMessage, HttpUseOptions, CancellationToken)"/> that goes through the proxy. It fails as calls fail.</summary>
/// <param name="sending">How it is sent.</param>
internal sealed class ProxiedCall(ProxiedSending sending)
{
    /// <exception cref="VaultException">The vault refused, or the connection to it broke.</exception>
    public async Task<HttpResponseMessage> SendAsync(RunTransport transport, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await sending.SendAsync(transport, request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException refused) when (refused.InnerException is VaultException failure)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
        catch (HttpRequestException unsent) when (unsent.HttpRequestError is HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError)
        {
            throw Errors.NotThroughProxy(unsent);
        }
        catch (OperationCanceledException late) when (late.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // Only connecting has a time limit there.
            throw Errors.NotThroughProxy(late);
        }
        catch (HttpRequestException lost)
        {
            throw Errors.OutcomeUnknown(request.Method.Method, lost);
        }
    }
}
