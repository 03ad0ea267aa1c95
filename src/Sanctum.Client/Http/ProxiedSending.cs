using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Sanctum.Client.Runs;
using Sanctum.Protocol;

namespace Sanctum.Client;

/// <summary>Sends a program's requests through the daemon's proxy, each once.</summary>
/// <param name="client">The way to the vault.</param>
/// <param name="path">The credential's path.</param>
/// <param name="options">How the secret is put in.</param>
internal sealed class ProxiedSending(SanctumClient client, string path, HttpUseOptions options)
{
    private readonly RunKey _key = new(path, options.HeaderType, options.HeaderName);

    /// <summary>The run to send with; null where the daemon has no proxy.</summary>
    public ValueTask<RunTransport?> FindAsync(CancellationToken cancellationToken) => client.Transports.Find(_key) is { } transport
        ? new ValueTask<RunTransport?>(transport)
        : client.Transports.OpenAsync(_key, null, cancellationToken);

    /// <summary>Sends a request.</summary>
    /// <exception cref="VaultException">The vault refused.</exception>
    /// <exception cref="HttpRequestException">The connection broke.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpResponseMessage> SendAsync(RunTransport transport, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await ProxiedRequest.PrepareAsync(request, options, transport.Placeholder, cancellationToken).ConfigureAwait(false);
        await client.KeepSessionAsync(cancellationToken).ConfigureAwait(false);
        var response = await SendOnceAsync(transport, request, cancellationToken).ConfigureAwait(false);
        return response.Headers.NonValidated.TryGetValues(ProxyRefusals.Header, out _)
            ? await RefusedAsync(response, cancellationToken).ConfigureAwait(false)
            : response;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> SendOnceAsync(RunTransport transport, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var requiresContent = ProxiedRequest.RequiresContent(request);
        if (requiresContent)
        {
            request.Content = NoContent.Instance;
        }

        try
        {
            for (var isLast = false; ; isLast = true)
            {
                try
                {
                    return await transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception unsent) when (!isLast && IsRunOver(unsent, transport))
                {
                    // There was no tunnel, so nothing of the request has left.
                    transport = await client.Transports.OpenAsync(_key, transport, cancellationToken).ConfigureAwait(false) ?? throw Errors.ProxyGone(unsent);
                }
            }
        }
        finally
        {
            if (requiresContent)
            {
                request.Content = null;
            }
        }
    }

    private static bool IsRunOver(Exception unsent, RunTransport transport) => unsent switch
    {
        HttpRequestException { InnerException: AuthException } => true,
        HttpRequestException { InnerException: VaultConnectionException } or ObjectDisposedException => !transport.IsUsable,
        _ => false,
    };

    // A limit of the vault and a refusal in gRPC are responses that programs know what to do with.
    private static async Task<HttpResponseMessage> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (IsGrpc(response.Content.Headers.ContentType))
        {
            return response;
        }

        await response.Content.LoadIntoBufferAsync(ProxyRefusals.Longest, cancellationToken).ConfigureAwait(false);
        var refusal = ProxyRefusals.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        if (refusal is RateLimitedException { WasSent: false })
        {
            return response;
        }

        response.Dispose();
        throw refusal;
    }

    private static bool IsGrpc(MediaTypeHeaderValue? type) => type?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
}
