using System.Runtime.CompilerServices;
using Sanctum.Client.Runs;

namespace Sanctum.Client;

/// <summary>Sends a program's requests through the daemon's proxy, each once.</summary>
/// <param name="client">The way to the vault.</param>
/// <param name="path">The credential's path.</param>
/// <param name="options">How the secret is put in.</param>
/// <param name="asTransport">Whether an SDK's own key is taken off, and a limit of the vault is a response with status 429.</param>
internal sealed class ProxiedSending(SanctumClient client, string path, HttpUseOptions options, bool asTransport)
{
    private readonly RunKey _key = new(path, options.HeaderType, options.HeaderName);

    /// <summary>The run to send with; null where the daemon has no proxy.</summary>
    public ValueTask<RunTransport?> FindAsync(CancellationToken cancellationToken) => client.Transports.Find(_key) is { } transport
        ? new ValueTask<RunTransport?>(transport)
        : client.Transports.OpenAsync(_key, null, cancellationToken);

    /// <summary>Sends a request. Its response is there when its headers are.</summary>
    /// <exception cref="VaultException">The vault refused.</exception>
    /// <exception cref="HttpRequestException">The connection broke, or a tunnel was refused: then the vault's error is inside.</exception>
    public ValueTask<HttpResponseMessage> SendAsync(RunTransport transport, HttpRequestMessage request, CancellationToken cancellationToken) =>
        options.Timeout is { } time ? SendInTimeAsync(transport, request, time, cancellationToken) : SendUntimedAsync(transport, request, cancellationToken);

    private async ValueTask<HttpResponseMessage> SendInTimeAsync(RunTransport transport, HttpRequestMessage request, TimeSpan time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(time, client.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await SendUntimedAsync(transport, request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Errors.NoReply(request.Method.Method, time);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> SendUntimedAsync(RunTransport transport, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (asTransport)
        {
            await ProxiedRequest.TakeOffKeyAsync(request, options, transport.Placeholder, cancellationToken).ConfigureAwait(false);
            ProxiedRequest.RequireHeaders(request);
        }

        await client.KeepSessionAsync(cancellationToken).ConfigureAwait(false);
        var session = client.CurrentSession;
        try
        {
            var response = await SendOnceAsync(transport, request, cancellationToken).ConfigureAwait(false);
            return ProxyRefusals.IsOne(response) ? await RefusedAsync(response, cancellationToken).ConfigureAwait(false) : response;
        }
        catch (Exception over) when (session is not null && IsSessionOver(over, request))
        {
            // Nothing of the request has left the daemon. Its clock decides when a session ends, and this one may have stood still: a machine sleeps.
            await client.SignInAgainAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException elsewhere) when (session is not null && elsewhere.IsForAnotherDaemon && client.HasOtherDaemons)
        {
            // Nothing of the request has left that daemon. What follows goes by another one in any case.
            await client.LeaveAsync(session, elsewhere, cancellationToken).ConfigureAwait(false);
            if (!IsHeld(request))
            {
                throw;
            }

            transport = await client.Transports.OpenAsync(_key, transport, cancellationToken).ConfigureAwait(false) ?? throw Errors.ProxyGone(elsewhere);
        }

        catch (VaultLockedException sealedMeanwhile) when (session is not null && client.HasOtherDaemons)
        {
            // The request may have left. What follows goes by another daemon.
            await client.LeaveAsync(session, sealedMeanwhile, cancellationToken).ConfigureAwait(false);
            throw;
        }

        var second = await SendOnceAsync(transport, request, cancellationToken).ConfigureAwait(false);
        return ProxyRefusals.IsOne(second) ? await RefusedAsync(second, cancellationToken).ConfigureAwait(false) : second;
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
                catch (Exception unsent) when (!isLast && IsRunOver(unsent, transport, client.HasOtherDaemons))
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

    // A daemon that is stopping closes its proxy first, and may still have the agent's connection.
    private static bool IsRunOver(Exception unsent, RunTransport transport, bool hasOthers) => unsent switch
    {
        HttpRequestException { InnerException: AuthException } => true,
        HttpRequestException { InnerException: RateLimitedException { IsOfStoppingDaemon: true } } => hasOthers,
        HttpRequestException { InnerException: VaultException { IsWithoutDatabase: true } or VaultLockedException } => hasOthers,
        HttpRequestException { InnerException: VaultConnectionException } or ObjectDisposedException => hasOthers || !transport.IsUsable,
        _ => false,
    };

    // Where there was no tunnel, no content has been read. Within one, it may have been, and can then be sent again only where it is in memory.
    private static bool IsSessionOver(Exception failure, HttpRequestMessage request) => failure switch
    {
        HttpRequestException { InnerException: SessionExpiredException } => true,
        SessionExpiredException { IsUnsent: true } => IsHeld(request),
        _ => false,
    };

    private static bool IsHeld(HttpRequestMessage request) => request.Content is null or ByteArrayContent or ReadOnlyMemoryContent;

    // To programs that know an HttpClient alone, a limit of the vault and a refusal in gRPC are responses that they know what to do with.
    private async Task<HttpResponseMessage> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (asTransport && ProxyRefusals.IsOfGrpc(response))
        {
            return response;
        }

        var refusal = await ProxyRefusals.ReadAsync(response, cancellationToken).ConfigureAwait(false);
        if (asTransport && refusal is RateLimitedException { WasSent: false })
        {
            return response;
        }

        response.Dispose();
        throw refusal;
    }
}
