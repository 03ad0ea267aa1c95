using System.Buffers;
using System.IO.Pipelines;
using Sanctum.Mcp.Transports;

namespace Sanctum.Mcp.Wrapping;

/// <summary>A server that is spoken to over two streams: a message on each line. How it ends is for whoever has started it.</summary>
public abstract class LineServer : IWrappedServer
{
    private readonly Stream _input;
    private readonly PipeReader _output;
    private readonly MessageLines _lines;
    private readonly SemaphoreSlim _sending = new(1, 1);

    /// <param name="input">What the server reads.</param>
    /// <param name="output">What it writes.</param>
    protected LineServer(Stream input, Stream output)
    {
        (_input, _output) = (input, PipeReader.Create(output));
        _lines = new MessageLines(_output, LineTransport.MaxMessage);
    }

    /// <inheritdoc/>
    public abstract ISecretFilter? Secrets { get; }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        var line = ArrayPool<byte>.Shared.Rent(message.Length + 1);
        try
        {
            message.CopyTo(line);
            line[message.Length] = (byte)'\n';

            // Half a line would spoil the next: what is given up is the server.
            await _input.WriteAsync(line.AsMemory(0, message.Length + 1), cancellationToken).ConfigureAwait(false);
            await _input.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(line);
            _sending.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<ServerLine?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _lines.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } line)
            {
                return null;
            }

            var copy = new ServerLine(line.Bytes.ToArray(), line.IsTooLong);
            _lines.Release();
            return copy;
        }
        catch (IOException)
        {
            return null; // Its end of the pipe is closed, as by its end.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(_input).ConfigureAwait(false);
        await _output.CompleteAsync().ConfigureAwait(false);
        _sending.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the server.</summary>
    /// <param name="input">What it reads; closing it asks it to end.</param>
    protected abstract ValueTask EndAsync(Stream input);
}
