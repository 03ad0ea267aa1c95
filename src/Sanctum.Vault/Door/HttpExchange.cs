using System.Net.WebSockets;
using Sanctum.Egress;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Sockets;

namespace Sanctum.Door;

/// <summary>
/// A request on its way and its response, as it comes. It owns all that has to end with it: the connection, the search, the agent's place, its way out of
/// the vault, and its last audit entry. Dispose it, whether all was read or not.
/// </summary>
public sealed class HttpExchange : IAsyncDisposable
{
    private readonly ExchangeParts _parts;
    private readonly IOpenResponse _response;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenRegistration _onEnding;
    private Exception? _failure;
    private bool _ended;

    internal HttpExchange(ExchangeParts parts, IOpenResponse response)
    {
        (_parts, _response) = (parts, response);
        Body = response is StreamedResponse streamed ? new ExchangeBody(this, streamed) : Stream.Null;
        Socket = response is SearchedSocket socket ? new ExchangeSocket(this, parts, socket) : null;

        // Whoever is not reading at the moment must not keep open what was withdrawn, or a vault that is being sealed.
        _onEnding = parts.Ending.UnsafeRegister(static exchange => ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.EndAsync(), (HttpExchange)exchange!, preferLocal: false), this);
    }

    /// <summary>The status code, such as 200.</summary>
    public int Status => _response.Status;

    /// <summary>The headers in their order, searched. Not those about the connection, the body's coding or length (it is decoded), or cookies.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _response.Headers;

    /// <summary>
    /// The body, decoded and searched, as it comes. A read that ends the exchange throws: <see cref="VaultException"/> where the service breaks off, the grant
    /// is withdrawn, or the vault is sealed; <see cref="OperationCanceledException"/> where the caller gave up.
    /// </summary>
    public Stream Body { get; }

    /// <summary>The WebSocket, where the call asked for one and the service agreed: then <see cref="Status"/> is 101. Null otherwise.</summary>
    public ExchangeSocket? Socket { get; }

    /// <summary>Whether no body follows, whatever the headers say: after HEAD, and with 204 and 304.</summary>
    public bool IsWithoutBody => _response.IsWithoutBody;

    /// <summary>What came after the body, searched; there once <see cref="Body"/> has been read to its end.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers => _response.Trailers;

    /// <summary>Cancelled when it can't go on: its grant was withdrawn, the session ended, the vault is being sealed, or the caller gave up.</summary>
    public CancellationToken Ending => _parts.Ending;

    /// <summary>Ends it, and records how it went.</summary>
    public async ValueTask DisposeAsync()
    {
        await _onEnding.DisposeAsync().ConfigureAwait(false);

        // A read that still waits ends, and with it its turn.
        _parts.Stillness.Stop();
        await EndAsync().ConfigureAwait(false);
    }

    internal async ValueTask<SocketPart> ReceiveAsync(SearchedSocket socket)
    {
        await EnterAsync(_turn, CancellationToken.None).ConfigureAwait(false);
        try
        {
            RequireGoing();
            var part = await socket.ReceiveAsync(_parts.Going).ConfigureAwait(false);
            await _parts.RecordFoundAsync(socket.Found).ConfigureAwait(false);
            RequireGoing();
            return part;
        }
        catch (Exception failure)
        {
            throw Fail(failure is WebSocketException ? Errors.SocketBroke() : failure);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for a turn, for as long as it goes on: the end has its own until it is on the record, and that may be long.</summary>
    /// <exception cref="VaultException">It has ended.</exception>
    internal async ValueTask EnterAsync(SemaphoreSlim turn, CancellationToken cancellationToken)
    {
        if (turn.Wait(0, CancellationToken.None))
        {
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_parts.Ending, cancellationToken);
        try
        {
            await turn.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_parts.Ending.IsCancellationRequested)
        {
            throw _failure ??= _parts.WhyEnding();
        }
    }

    /// <summary>Ends it for what went wrong.</summary>
    /// <returns>What to throw for it.</returns>
    internal Exception Fail(Exception failure)
    {
        _failure ??= _parts.Translate(failure);
        _parts.Stillness.Stop();
        return _failure;
    }

    private async ValueTask<int> ReadAsync(StreamedResponse response, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await EnterAsync(_turn, cancellationToken).ConfigureAwait(false);
        try
        {
            RequireGoing();
            int count;
            while ((count = response.Take(buffer.Span)) == 0 && !response.HasEnded && !buffer.IsEmpty)
            {
                await AdvanceAsync(response).ConfigureAwait(false);
                RequireGoing();
            }

            return count;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void RequireGoing()
    {
        if (_failure is not null || _parts.IsOver())
        {
            throw _failure ??= _parts.WhyEnding();
        }

        ObjectDisposedException.ThrowIf(_ended, this);
    }

    private async Task AdvanceAsync(StreamedResponse response)
    {
        try
        {
            using (_parts.Stillness.Watch())
            {
                await response.AdvanceAsync(_parts.Going).ConfigureAwait(false);
            }

            await _parts.RecordFoundAsync(response.Found).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _failure = _parts.Translate(failure);
            if (ReferenceEquals(_failure, failure))
            {
                throw;
            }

            throw _failure;
        }
    }

    private async Task EndAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            var failure = _failure ?? (_response.HasEnded || (Socket is null && _response.IsWithoutBody) ? null : _parts.Ending.IsCancellationRequested ? _parts.WhyEnding() : new OperationCanceledException("the response was not read to its end"));
            var (received, found) = (_response.Received, _response.Found);
            if (Socket is not null)
            {
                _parts.Stillness.Stop();
                await Socket.StopAsync().ConfigureAwait(false);
            }

            _response.Dispose();
            await _parts.EndAsync(failure, received, found).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed class ExchangeBody(HttpExchange exchange, StreamedResponse response) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => exchange.ReadAsync(response, buffer, cancellationToken);
    }
}
