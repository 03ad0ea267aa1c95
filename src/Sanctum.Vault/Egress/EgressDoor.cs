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

    /// <summary>Sends a request and takes its whole response in, searched.</summary>
    /// <param name="request">What to send, with the secret in it.</param>
    /// <param name="route">Whom it is for, and where it goes.</param>
    /// <param name="isCounted">Whether an approval or one of so many uses in an hour is spent on it.</param>
    /// <param name="allowance">What it may take.</param>
    /// <param name="details">What there is to say about it, whether it succeeds or not.</param>
    /// <exception cref="VaultException">Egress denied, upstream failed, response too large or rate limited. None of them has an inner
    /// exception, and none repeats what another said: the message of a failed request can quote the response, unsearched.</exception>
    public async Task<ReceivedResponse> SendAsync(
        OutgoingRequest request, Route route, bool isCounted, Allowance allowance, IDictionary<string, string> details, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(allowance.Time);
        using var reader = new ResponseReader(request.Needles, allowance.Memory, allowance.Bytes);
        var started = time.GetTimestamp();
        var (sent, status) = (0, (int?)null);
        try
        {
            using var exchange = await _sender.SendAsync(request, route, isCounted, OnSent, limit.Token).ConfigureAwait(false);
            status = (int)exchange.Response.StatusCode;
            details["status"] = status.Value.ToString(CultureInfo.InvariantCulture);
            var received = await reader.ReadAsync(exchange.Response, limit.Token).ConfigureAwait(false);
            exchange.Complete();
            details["bytes"] = received.Body.Length.ToString(CultureInfo.InvariantCulture);
            return received;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Errors.TimedOut(allowance.Time, options.MaxTimeout, sent, status, reader.Received);
        }
        catch (VaultException limited) when (limited.Code == VaultErrorCode.RateLimited && sent > 0)
        {
            throw Errors.LimitedAfterSending(limited, sent);
        }
        catch (Exception failure) when (UpstreamFailure.Translate(failure, request.Url.Origin, cancellationToken) is { } told)
        {
            throw told;
        }
        finally
        {
            details["duration_ms"] = time.GetElapsedTime(started).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
            if (reader.Scrubbed > 0)
            {
                details["scrubbed"] = reader.Scrubbed.ToString(CultureInfo.InvariantCulture);
            }
        }

        void OnSent(int sends)
        {
            sent = sends;
            details["sends"] = sends.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Sends a request and returns when the head of the response is there. The caller disposes what it gets, before the request.</summary>
    /// <param name="request">What to send, with the secret in it.</param>
    /// <param name="route">Whom it is for, and where it goes.</param>
    /// <param name="isCounted">Whether an approval or one of so many uses in an hour is spent on it.</param>
    /// <param name="memory">Where the room for the response comes from.</param>
    /// <param name="details">What there is to say about it, whether it succeeds or not.</param>
    /// <exception cref="VaultException">Egress denied, upstream failed or rate limited, as of <see cref="SendAsync"/>.</exception>
    public async Task<IOpenResponse> OpenAsync(
        OutgoingRequest request, Route route, bool isCounted, MemoryBudget memory, IDictionary<string, string> details, CancellationToken cancellationToken)
    {
        var sent = 0;
        Exchange? exchange = null;
        try
        {
            exchange = await _sender.SendAsync(request, route, isCounted, OnSent, cancellationToken).ConfigureAwait(false);
            details["status"] = ((int)exchange.Response.StatusCode).ToString(CultureInfo.InvariantCulture);
            return request is { Handshake: { } handshake, Outgoing: { } outgoing } && exchange.Response.StatusCode == HttpStatusCode.SwitchingProtocols
                ? await SearchedSocket.OpenAsync(exchange, handshake, request.Needles, outgoing, memory, options, cancellationToken).ConfigureAwait(false)
                : await StreamedResponse.OpenAsync(exchange, request.Needles, memory, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            exchange?.Dispose();
            throw request.Stream?.Refusal
                ?? (failure is VaultException { Code: VaultErrorCode.RateLimited } limited && sent > 0 ? Errors.LimitedAfterSending(limited, sent) : null)
                ?? UpstreamFailure.Translate(failure, request.Url.Origin, cancellationToken)
                ?? failure;
        }

        void OnSent(int sends)
        {
            sent = sends;
            details["sends"] = sends.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Makes a connection that is passed on unread. The caller disposes it.</summary>
    /// <exception cref="VaultException">There is no connection.</exception>
    public Task<Socket> DialAsync(AgentName agent, Origin origin, bool isException, CancellationToken cancellationToken) =>
        _sender.DialAsync(agent, origin, isException, cancellationToken);

    public void Dispose()
    {
        _sender.Dispose();
        KeptNeedles.Dispose();
    }
}

/// <summary>What a request and its response may take.</summary>
/// <param name="Time">From being sent to the last byte of the response.</param>
/// <param name="Bytes">The most that the response may have.</param>
/// <param name="Memory">Where the room for it comes from.</param>
internal readonly record struct Allowance(TimeSpan Time, int Bytes, MemoryBudget Memory);
