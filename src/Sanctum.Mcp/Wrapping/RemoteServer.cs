using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sanctum.Client;
using Sanctum.Mcp.Transports;

namespace Sanctum.Mcp.Wrapping;

/// <summary>
/// A wrapped server elsewhere, over Streamable HTTP. With a credential, each request goes out through the vault, which adds the secret and takes it out of what comes back: it is never here. The
/// library sends and receives; messages are read and written again on the way, and keep all their members.
/// </summary>
internal sealed class RemoteServer : IWrappedServer
{
    private static readonly JsonTypeInfo<JsonRpcMessage> MessageType = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    private readonly HttpClient _http;
    private readonly HttpClientTransport _client;
    private readonly ITransport _transport;
    private readonly System.Threading.Channels.Channel<byte[]> _failures = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();
    private readonly CancellationTokenSource _ending = new();

    private RemoteServer(HttpClient http, HttpClientTransport client, ITransport transport) => (_http, _client, _transport) = (http, client, transport);

    public ISecretFilter? Secrets => null;

    /// <summary>Connects. Nothing is sent yet.</summary>
    public static async Task<RemoteServer> ConnectAsync(HttpMessageHandler handler, Uri address, ServerHeaders headers, CancellationToken cancellationToken)
    {
        // A stream of the server's lasts as long as it does.
        var http = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        var options = new HttpClientTransportOptions
        {
            Endpoint = address,
            TransportMode = HttpTransportMode.StreamableHttp,
            OwnsSession = true,
            AdditionalHeaders = headers.Values.ToDictionary(StringComparer.OrdinalIgnoreCase),
        };
        var client = new HttpClientTransport(options, http, loggerFactory: null, ownsHttpClient: false);
        return new RemoteServer(http, client, await client.ConnectAsync(cancellationToken).ConfigureAwait(false));
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var read = JsonSerializer.Deserialize(message.Span, MessageType) ?? throw new IOException("a message is null");

        // A response can take long, and what follows does not wait for it. What shakes hands does: the session's name comes with it.
        var sending = SendAsync(read);
        return read is JsonRpcRequest { Method: "initialize" } or JsonRpcNotification ? new ValueTask(sending.WaitAsync(cancellationToken)) : ValueTask.CompletedTask;
    }

    public async Task<ServerLine?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_failures.Reader.TryRead(out var failure))
            {
                return new ServerLine(failure, IsTooLong: false);
            }

            if (_transport.MessageReader.TryRead(out var message))
            {
                var bytes = JsonSerializer.SerializeToUtf8Bytes(message, MessageType);
                return new ServerLine(bytes, bytes.Length > LineTransport.MaxMessage);
            }

            var (messages, failures) = (_transport.MessageReader.WaitToReadAsync(cancellationToken).AsTask(), _failures.Reader.WaitToReadAsync(cancellationToken).AsTask());
            if (await Task.WhenAny(messages, failures).ConfigureAwait(false) == messages && !await messages.ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
        _ending.Dispose();
    }

    // What could not be sent is a response of its own: the host is told why.
    private async Task SendAsync(JsonRpcMessage message)
    {
        try
        {
            await Task.Yield();
            await _transport.SendMessageAsync(message, _ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It was ended.
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or McpException or InvalidOperationException or OperationCanceledException or JsonException)
        {
            if (message is JsonRpcRequest request)
            {
                var refused = failed.InnerException as VaultException;
                var error = new JsonRpcError
                {
                    Id = request.Id,
                    Error = new JsonRpcErrorDetail
                    {
                        Code = WrapErrors.Refused,
                        Message = refused is not null ? $"{refused.Code}: {refused.Message}. {refused.Suggestion}"
                            : failed is HttpRequestException { StatusCode: HttpStatusCode status } ? $"SERVER_FAILED: the server responded with status {(int)status}"
                            : $"SERVER_FAILED: the server could not be reached: {failed.Message}",
                    },
                };
                _failures.Writer.TryWrite(JsonSerializer.SerializeToUtf8Bytes(error, MessageType));
            }
        }
    }
}

/// <summary>Connects to a server elsewhere.</summary>
/// <param name="handler">Makes what requests go out with.</param>
/// <param name="address">The server's endpoint.</param>
/// <param name="headers">What goes with each request beside the protocol's own headers; null for nothing.</param>
public sealed class RemoteServerSource(Func<HttpMessageHandler> handler, Uri address, ServerHeaders? headers = null) : IServerSource
{
    /// <inheritdoc/>
    public async Task<IWrappedServer> StartAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return await RemoteServer.ConnectAsync(handler(), address, headers ?? ServerHeaders.None, cancellationToken).ConfigureAwait(false);
    }
}
