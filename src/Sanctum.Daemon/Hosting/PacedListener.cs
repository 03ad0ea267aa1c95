using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Sanctum.Daemon.Hosting;

/// <summary>One listener, see <see cref="PacedListenerFactory"/>.</summary>
internal sealed class PacedListener(
    Socket socket, SocketConnectionContextFactory connections, bool noDelay, OpenConnections open, TimeProvider time, ILogger log) : IConnectionListener
{
    // Long enough to cost nothing, short enough that nobody who waits to be accepted notices.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _closed = new();

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                await open.WaitForRoomAsync(_closed.Token).ConfigureAwait(false);
                var accepted = await socket.AcceptAsync(_closed.Token).ConfigureAwait(false);
                return Connect(accepted);
            }
            catch (Exception closed) when (closed is ObjectDisposedException or OperationCanceledException)
            {
                return null;
            }
            catch (SocketException failed)
            {
                log.AcceptFailed(failed.SocketErrorCode);
                await Task.Delay(Pause, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Accepts nobody any more. Whoever tries is refused by the system, and can go elsewhere at once.</summary>
    public void Close()
    {
        _closed.Cancel();
        socket.Dispose();
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    private ConnectionContext Connect(Socket accepted)
    {
        if (noDelay && accepted.LocalEndPoint is IPEndPoint)
        {
            accepted.NoDelay = true;
        }

        open.Entered();
        return connections.Create(accepted);
    }
}
