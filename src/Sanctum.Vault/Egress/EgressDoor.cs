using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sanctum.Agents;
using Sanctum.Destinations;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Guesses;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;
using Sanctum.Egress.Sockets;
using Sanctum.Sealing;

namespace Sanctum.Egress;

/// <summary>The one way out: everything that requests share while the vault is unsealed. Sealing disposes it, connections and all.</summary>
internal sealed class EgressDoor(EgressOptions options, TimeProvider time) : IDisposable
{
    private volatile HttpSender _sender = new(options, time);

    public EgressOptions Options => options;

    public AgentQuota Quota { get; } = new(options, time);

    public GuessBook Guesses { get; } = new(options.MaxGuessesPerHour, time);

    public RunningRequests Running { get; } = new();

    public Tunnels Tunnels { get; } = new();

    public KeptNeedles KeptNeedles { get; } = new(time);

    /// <summary>How long a call may take: what it asks for, or the default.</summary>
    /// <exception cref="VaultException">It asks for too long; invalid params.</exception>
    public TimeSpan TimeoutOf(HttpRequestParameters request) => request.Timeout is not { } asked ? TimeSpan.FromTicks(Math.Min(options.Timeout.Ticks, options.MaxTimeout.Ticks))
        : asked <= options.MaxTimeout ? asked
        : throw Errors.InvalidParams("timeout", string.Create(CultureInfo.InvariantCulture, $"'timeout' can be at most {options.MaxTimeout.TotalSeconds:0} seconds"));

    /// <summary>Takes other options. Requests that run go on as they began; connections that were made under the options before serve no other. What memory there is stays.</summary>
    public void Reconfigure(EgressOptions now)
    {
        var before = _sender;
        options = now;
        Quota.Reconfigure(now);
        Guesses.Reconfigure(now.MaxGuessesPerHour);
        _sender = new HttpSender(now, time);
        before.Pool.Leave();
    }

    /// <summary>To be called when agents or credentials have changed: what was taken from an agent is taken from its requests and its
    /// connections as well.</summary>
    public void Recheck(UnsealedVault vault)
    {
        Running.Recheck(vault);
        _sender.Pool.Recheck(vault);
    }

    /// <summary>To be called when policies have changed.</summary>
    public void RecheckPolicies(UnsealedVault vault)
    {
        Running.Recheck(vault);
        Tunnels.Recheck(vault);
        _sender.Pool.RetireAll();
    }

    /// <summary>Sends a request and returns when the head of the response is there. The caller disposes what it gets, before the request.</summary>
    /// <param name="request">What to send, with the secret in it.</param>
    /// <param name="route">Whom it is for, and where it goes.</param>
    /// <param name="isCounted">Whether an approval or one of so many uses in an hour is spent on it.</param>
    /// <param name="memory">Where the room for the response comes from.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">Egress denied, upstream failed or rate limited. None of them has an inner exception, and none repeats what another said:
    /// the message of a failed request can quote the response, unsearched.</exception>
    public Task<IOpenResponse> OpenAsync(OutgoingRequest request, Route route, bool isCounted, MemoryBudget memory, CancellationToken cancellationToken) =>
        SendAsync(request, route, isCounted, exchange => OpenAsync(exchange, request, memory, cancellationToken), cancellationToken);

    /// <summary>Sends a request and takes its whole response in, searched. The caller disposes it.</summary>
    /// <param name="request">What to send, with the secret in it.</param>
    /// <param name="route">Whom it is for, and where it goes.</param>
    /// <param name="isCounted">Whether an approval or one of so many uses in an hour is spent on it.</param>
    /// <param name="memory">Where the room for the response comes from.</param>
    /// <param name="maxBytes">The most that it may have.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">As of <see cref="OpenAsync(OutgoingRequest, Route, bool, MemoryBudget, CancellationToken)"/>, and response too large.</exception>
    public Task<ReceivedResponse> ReceiveAsync(OutgoingRequest request, Route route, bool isCounted, MemoryBudget memory, int maxBytes, CancellationToken cancellationToken) =>
        SendAsync(request, route, isCounted, exchange => ReceiveAsync(exchange, request, memory, maxBytes, cancellationToken), cancellationToken);

    /// <summary>Makes a connection that is passed on unread. The caller disposes it.</summary>
    /// <exception cref="VaultException">There is no connection.</exception>
    public Task<Socket> DialAsync(AgentName agent, Origin origin, bool isException, CancellationToken cancellationToken) =>
        _sender.DialAsync(agent, origin, isException, cancellationToken);

    public void Dispose()
    {
        _sender.Dispose();
        KeptNeedles.Dispose();
    }

    // What it receives owns the exchange.
    private async Task<T> SendAsync<T>(OutgoingRequest request, Route route, bool isCounted, Func<Exchange, Task<T>> receive, CancellationToken cancellationToken)
    {
        Exchange? exchange = null;
        try
        {
            exchange = await _sender.SendAsync(request, route, isCounted, cancellationToken).ConfigureAwait(false);
            request.Progress.Status = (int)exchange.Response.StatusCode;
            return await receive(exchange).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            exchange?.Dispose();
            throw request.Stream?.Refusal
                ?? (failure is VaultException { Code: VaultErrorCode.RateLimited } limited && request.Progress.Sends > 0 ? Errors.LimitedAfterSending(limited, request.Progress.Sends.Value) : null)
                ?? UpstreamFailure.Translate(failure, request.Url.Origin, cancellationToken)
                ?? failure;
        }
    }

    private async Task<IOpenResponse> OpenAsync(Exchange exchange, OutgoingRequest request, MemoryBudget memory, CancellationToken cancellationToken) =>
        request is { Handshake: { } handshake, Outgoing: { } outgoing } && exchange.Response.StatusCode == HttpStatusCode.SwitchingProtocols
            ? await SearchedSocket.OpenAsync(exchange, handshake, request.Needles, outgoing, memory, options, cancellationToken).ConfigureAwait(false)
            : await StreamedResponse.OpenAsync(exchange, request.Needles, memory, cancellationToken).ConfigureAwait(false);

    private static async Task<ReceivedResponse> ReceiveAsync(Exchange exchange, OutgoingRequest request, MemoryBudget memory, int maxBytes, CancellationToken cancellationToken)
    {
        using var reader = new ResponseReader(request.Needles, memory, maxBytes);
        try
        {
            var received = await reader.ReadAsync(exchange.Response, cancellationToken).ConfigureAwait(false);
            exchange.Complete();
            exchange.Dispose();
            return received;
        }
        finally
        {
            (request.Progress.Received, request.Progress.Found) = (reader.Received, reader.Scrubbed);
        }
    }
}
