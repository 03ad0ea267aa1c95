using System.Globalization;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using Sanctum.Egress.Guesses;
using Sanctum.Egress.Receiving;

namespace Sanctum.Egress;

/// <summary>The one way out: everything that requests share while the vault is unsealed. Sealing disposes it, connections and all.</summary>
internal sealed class EgressDoor(EgressOptions options, TimeProvider time) : IDisposable
{
    private readonly HttpSender _sender = new(options);

    public EgressOptions Options => options;

    public AgentQuota Quota { get; } = new(options, time);

    public GuessBook Guesses { get; } = new(options.MaxGuessesPerHour, time);

    public RunningRequests Running { get; } = new();

    /// <summary>How long a call may take: what it asks for, or the default.</summary>
    /// <exception cref="VaultException">It asks for too long; invalid params.</exception>
    public TimeSpan TimeoutOf(HttpRequestParameters request) => request.Timeout is not { } asked ? options.Timeout
        : asked <= options.MaxTimeout ? asked
        : throw Errors.InvalidParams("timeout", string.Create(CultureInfo.InvariantCulture, $"'timeout' can be at most {options.MaxTimeout.TotalSeconds:0} seconds"));

    /// <summary>Sends a request and takes its whole answer in, searched.</summary>
    /// <param name="request">What to send, with the secret in it.</param>
    /// <param name="originAllowed">Whether the operator allowed this exact origin.</param>
    /// <param name="allowance">What it may take.</param>
    /// <param name="details">What there is to say about it, whether it succeeds or not.</param>
    /// <exception cref="VaultException">Egress denied, upstream failed, response too large or rate limited. None of them has an inner
    /// exception, and none repeats what another said: the message of a failed request can quote the answer, unsearched.</exception>
    public async Task<ReceivedResponse> SendAsync(
        OutgoingRequest request, bool originAllowed, Allowance allowance, IDictionary<string, string> details, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(allowance.Time);
        using var reader = new ResponseReader(request.Needles, allowance.Memory, allowance.Bytes);
        var started = time.GetTimestamp();
        try
        {
            using var message = RequestMessage.Of(request);
            using var response = await _sender.SendAsync(message, originAllowed, limit.Token).ConfigureAwait(false);
            details["status"] = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            var received = await reader.ReadAsync(response, limit.Token).ConfigureAwait(false);
            details["bytes"] = received.Body.Length.ToString(CultureInfo.InvariantCulture);
            return received;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Errors.TimedOut(allowance.Time);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The handler's own limit, which it calls a cancellation.
            throw Errors.NoConnectionWithin(request.Url.Origin, options.ConnectTimeout);
        }
        catch (HttpRequestException failure) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(failure.HttpRequestError.ToString(), cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            throw UpstreamFailure.Of(failure, request.Url.Origin);
        }
        // An invalid operation is what the decoder of brotli calls invalid data.
        catch (Exception failure) when (failure is IOException or InvalidDataException or InvalidOperationException or ZstdSharp.ZstdException or SocketException or AuthenticationException)
        {
            throw UpstreamFailure.OfBody(failure);
        }
        finally
        {
            details["duration_ms"] = time.GetElapsedTime(started).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
            if (reader.Scrubbed > 0)
            {
                details["scrubbed"] = reader.Scrubbed.ToString(CultureInfo.InvariantCulture);
            }
        }
    }

    public void Dispose() => _sender.Dispose();
}

/// <summary>What a request and its answer may take.</summary>
/// <param name="Time">From being sent to the last byte of the answer.</param>
/// <param name="Bytes">The most that the answer may have.</param>
/// <param name="Memory">Where the room for it comes from.</param>
internal readonly record struct Allowance(TimeSpan Time, int Bytes, MemoryBudget Memory);
