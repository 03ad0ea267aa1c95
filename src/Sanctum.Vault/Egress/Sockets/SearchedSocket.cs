using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using Sanctum.Crypto;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress.Sockets;

/// <summary>
/// A WebSocket to a service whose messages are searched in both directions, each as a whole, however many frames it comes in. A marker in a binary message is
/// as long as what it stands for. For one reader and one writer at a time.
/// </summary>
internal sealed class SearchedSocket : IOpenResponse
{
    private const int ChunkSize = 16 * 1024;

    private readonly Exchange _exchange;
    private readonly WebSocket _socket;
    private readonly MemoryBudget _memory;
    private readonly Scrubber _text;
    private readonly Scrubber _binary;
    private readonly OutgoingSearch _outgoing;
    private readonly SecretBytes _chunk = new(ChunkSize);
    private readonly ArrayBufferWriter<byte> _certain = new(ChunkSize);

    private SearchedSocket(Exchange exchange, WebSocket socket, Needles needles, OutgoingSearch outgoing, MemoryBudget memory)
    {
        (_exchange, _socket, _outgoing, _memory) = (exchange, socket, outgoing, memory);
        (_text, _binary) = (new Scrubber(needles), new Scrubber(needles, keepsLength: true));
        Headers = new HeaderSearch(_text).Each(exchange.Response.Headers.NonValidated);
        FoundInHead = _text.Found;
    }

    public int Status => (int)_exchange.Response.StatusCode;

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    public IReadOnlyList<KeyValuePair<string, string>> Trailers => [];

    public bool IsWithoutBody => true;

    public int Found => _text.Found + _binary.Found;

    public int FoundInHead { get; }

    public long Received { get; private set; }

    /// <summary>Whether one of both sides has said that it is over.</summary>
    public bool HasEnded => _socket.CloseStatus is not null || _socket.State is WebSocketState.CloseSent or WebSocketState.Closed;

    /// <summary>The subprotocol that both sides speak; null for none.</summary>
    public string? Subprotocol => _socket.SubProtocol;

    /// <summary>Takes over a connection on which the service has agreed to speak WebSocket.</summary>
    /// <exception cref="VaultException">It agreed to something else; or there is no memory for it.</exception>
    public static async Task<SearchedSocket> OpenAsync(
        Exchange exchange, SocketHandshake handshake, Needles needles, OutgoingSearch outgoing, MemoryBudget memory, EgressOptions options, CancellationToken cancellationToken)
    {
        var subprotocol = handshake.Accept(exchange.Response);
        memory.Take(3 * ChunkSize);
        try
        {
            var stream = await exchange.Response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions
            {
                SubProtocol = subprotocol,
                KeepAliveInterval = options.PingDelay,
                KeepAliveTimeout = options.PingTimeout,
            });
            return new SearchedSocket(exchange, socket, needles, outgoing, memory);
        }
        catch
        {
            memory.Return(3 * ChunkSize);
            throw;
        }
    }

    /// <summary>Waits for the next part of a message that is certain, or for the end.</summary>
    /// <returns>The part, which is gone with the next call.</returns>
    /// <exception cref="WebSocketException">It breaks off, or is malformed.</exception>
    public async ValueTask<SocketPart> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _certain.Clear();
            var received = await _socket.ReceiveAsync(_chunk.WritableMemory, cancellationToken).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return SocketPart.Closing((int)_socket.CloseStatus!.Value, Searched(_socket.CloseStatusDescription));
            }

            Received += received.Count;
            var isText = received.MessageType == WebSocketMessageType.Text;
            var scrubber = isText ? _text : _binary;
            scrubber.Write(_chunk.Span[..received.Count], _certain);
            if (received.EndOfMessage)
            {
                scrubber.Complete(_certain);
            }
            else
            {
                scrubber.Flush(_certain);
            }

            if (received.EndOfMessage || _certain.WrittenCount > 0)
            {
                return new SocketPart(isText, _certain.WrittenMemory, received.EndOfMessage);
            }
        }
    }

    /// <summary>Sends what is certain of a part of a message.</summary>
    /// <exception cref="VaultException">Something is in it that may not be sent.</exception>
    /// <exception cref="WebSocketException">The connection is gone.</exception>
    public ValueTask SendAsync(SocketPart part, CancellationToken cancellationToken)
    {
        var certain = _outgoing.Pass(part.Bytes.Span, part.IsLast);
        return certain.Length == 0 && !part.IsLast
            ? ValueTask.CompletedTask
            : _socket.SendAsync(certain, part.IsText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, part.IsLast, cancellationToken);
    }

    /// <summary>Says that it is over from this side.</summary>
    /// <exception cref="VaultException">Something is in the reason that may not be sent.</exception>
    public async ValueTask CloseAsync(int status, string? reason, CancellationToken cancellationToken)
    {
        _ = _outgoing.Pass(Encoding.UTF8.GetBytes(reason ?? ""), isLast: true);
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync((WebSocketCloseStatus)status, status == (int)WebSocketCloseStatus.Empty ? null : reason, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _exchange.Dispose();
        _text.Dispose();
        _binary.Dispose();
        _outgoing.Dispose();
        _chunk.Dispose();
        _certain.Clear();
        _memory.Return(3 * ChunkSize);
    }

    private string? Searched(string? reason)
    {
        if (string.IsNullOrEmpty(reason))
        {
            return reason;
        }

        var output = new ArrayBufferWriter<byte>();
        return _text.TryReplace(Encoding.UTF8.GetBytes(reason), output) ? Encoding.UTF8.GetString(output.WrittenSpan) : reason;
    }
}
