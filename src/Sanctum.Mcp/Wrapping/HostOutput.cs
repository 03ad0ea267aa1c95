using System.Text.Json;

namespace Sanctum.Mcp.Wrapping;

/// <summary>The side of the host that is written to: whole messages, one at a time. Who reads slowly is waited for, and with it the server.</summary>
internal sealed class HostOutput(Stream output) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1, 1);

    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Whole or not at all: half a line would spoil the next one.
            await output.WriteAsync((byte[])[.. message.Span, (byte)'\n'], CancellationToken.None).ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    public Task SendAsync(WrapException error, string server, JsonElement? id, CancellationToken cancellationToken) => SendAsync(WrapErrors.Message(error, server, id), cancellationToken);

    public void Dispose() => _sending.Dispose();
}
