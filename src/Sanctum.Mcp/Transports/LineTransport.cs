using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Sanctum.Mcp.Transports;

/// <summary>
/// The protocol over standard input and output: a message on each line. The library has one of its own. Here lines have a limit, and so have the requests that run.
/// A message that can't be read gets an error. What was asked before the host closed its side is still responded to. The streams stay the caller's.
/// </summary>
internal sealed class LineTransport : TransportBase
{
    /// <summary>The longest message, in bytes.</summary>
    internal const int MaxMessage = 16 * 1024 * 1024;

    // A model makes a few calls at once. More wait in the pipe, as they would for any slow program.
    private const int MostRunning = 64;

    // For what was asked before the host closed its side; a call of the vault's can take longer, but then nobody waits for it.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    private static readonly JsonTypeInfo<JsonRpcMessage> MessageType = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    private readonly PipeReader _input;
    private readonly Stream _output;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _places = new(MostRunning, MostRunning);
    private readonly ConcurrentDictionary<RequestId, byte> _running = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _reading;

    public LineTransport(Stream input, Stream output)
        : base("stdio", loggerFactory: null)
    {
        (_input, _output) = (PipeReader.Create(input), output);
        SetConnected();
        _reading = Task.Run(ReadAsync);
    }

    public override async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        try
        {
            await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, MessageType), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (message is JsonRpcResponse or JsonRpcError)
            {
                Finish(((JsonRpcMessageWithId)message).Id);
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SetDisconnected();
        _ending.Dispose();
        _sending.Dispose();
        _places.Dispose();
    }

    private async Task ReadAsync()
    {
        Exception? failure = null;
        try
        {
            var lines = new MessageLines(_input, MaxMessage);
            while (await lines.ReadAsync(_ending.Token).ConfigureAwait(false) is { } line)
            {
                await (line.IsTooLong ? TellAsync(MessageErrors.TooLong(MaxMessage)) : TakeAsync(line.Bytes)).ConfigureAwait(false);
                lines.Release();
            }

            await FinishAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It was disposed.
        }
        catch (IOException broken)
        {
            failure = broken;
        }
        finally
        {
            SetDisconnected(failure);
        }
    }

    private async Task TakeAsync(ReadOnlySequence<byte> line)
    {
        if (MessageErrors.Of(line, MessageType, out var message) is { } error)
        {
            await TellAsync(error).ConfigureAwait(false);
            return;
        }

        if (message is JsonRpcRequest request && _running.TryAdd(request.Id, 0))
        {
            await _places.WaitAsync(_ending.Token).ConfigureAwait(false);
        }
        else if (message is JsonRpcRequest)
        {
            await TellAsync(MessageErrors.Repeated()).ConfigureAwait(false);
            return;
        }
        else if (message is JsonRpcNotification { Method: NotificationMethods.CancelledNotification } cancelled && MessageErrors.IdOf(cancelled) is { } id)
        {
            // Nothing is sent for a call that was given up.
            Finish(id);
        }

        await WriteMessageAsync(message!, _ending.Token).ConfigureAwait(false);
    }

    private void Finish(RequestId id)
    {
        if (_running.TryRemove(id, out _))
        {
            _places.Release();
        }
    }

    // The host has closed its side, but may still read.
    private async Task FinishAsync()
    {
        var until = TimeProvider.System.GetTimestamp();
        while (!_running.IsEmpty && TimeProvider.System.GetElapsedTime(until) < Farewell)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), _ending.Token).ConfigureAwait(false);
        }
    }

    private Task TellAsync(byte[] error) => WriteAsync(error, _ending.Token);

    private async Task WriteAsync(byte[] message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Whole or not at all: half a line would spoil the next one.
            await _output.WriteAsync((byte[])[.. message, (byte)'\n'], CancellationToken.None).ConfigureAwait(false);
            await _output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }
}
