using System.Net.WebSockets;
using Sanctum.Egress.Sockets;

namespace Sanctum.Door;

/// <summary>
/// A WebSocket to a service. Its messages are searched in both directions: the secret does not come back, and neither it nor a placeholder leaves.
/// For one reader and one writer at a time.
/// </summary>
public sealed class ExchangeSocket
{
    private readonly HttpExchange _exchange;
    private readonly ExchangeParts _parts;
    private readonly SearchedSocket _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private bool _stopped;

    internal ExchangeSocket(HttpExchange exchange, ExchangeParts parts, SearchedSocket socket) => (_exchange, _parts, _socket) = (exchange, parts, socket);

    /// <summary>The subprotocol that the service chose of those in the request's <c>Sec-WebSocket-Protocol</c>; null for none.</summary>
    public string? Subprotocol => _socket.Subprotocol;

    /// <summary>Waits for the next part of a message from the service, or for its end, which has a <see cref="SocketPart.CloseStatus"/>.</summary>
    /// <returns>The part, whose bytes are gone with the next call.</returns>
    /// <exception cref="VaultException">The service breaks off, the grant is withdrawn, or the vault is sealed.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public ValueTask<SocketPart> ReceiveAsync() => _exchange.ReceiveAsync(_socket);

    /// <summary>Sends a part of a message to the service. What may yet become what may not leave waits for the next part.</summary>
    /// <param name="part">The part.</param>
    /// <exception cref="VaultException">Something is in it that may not be sent, egress denied, and it is over then; or as for <see cref="ReceiveAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public Task SendAsync(SocketPart part) => SendingAsync(token => _socket.SendAsync(part, token));

    /// <summary>Tells the service that it is over. What the service still sends can be received.</summary>
    /// <param name="status">Why, as a code (RFC 6455, section 7.4); 1005 for none.</param>
    /// <param name="reason">Why, in words of at most 123 bytes; null for none.</param>
    /// <exception cref="VaultException">Something is in the reason that may not be sent, egress denied; or as for <see cref="ReceiveAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public Task CloseAsync(int status, string? reason) => SendingAsync(token => _socket.CloseAsync(status, reason, token));

    /// <summary>Waits until nothing is being sent, and lets nothing be sent any more.</summary>
    internal async Task StopAsync()
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        _stopped = true;
        _sending.Release();
    }

    private async Task SendingAsync(Func<CancellationToken, ValueTask> send)
    {
        await _exchange.EnterAsync(_sending, CancellationToken.None).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (_parts.IsOver())
            {
                throw _parts.WhyEnding();
            }

            await send(_parts.Going).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw _exchange.Fail(failure is WebSocketException ? Errors.SocketBroke() : failure);
        }
        finally
        {
            _sending.Release();
        }
    }
}
