using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Kestrel's sockets with another way of accepting: Kestrel's own tries again at once when accepting fails, and at the limit of descriptors burns a
/// processor by that. This one waits a moment, and takes no more connections than there are descriptors for.
/// </summary>
internal sealed class PacedListenerFactory : IConnectionListenerFactory
{
    private readonly SocketTransportOptions _options;
    private readonly SocketConnectionContextFactory _connections;
    private readonly OpenConnections _open;
    private readonly DrainState _drain;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public PacedListenerFactory(
        IOptions<SocketTransportOptions> options,
        IMemoryPoolFactory<byte> memory,
        OpenConnections open,
        DrainState drain,
        DaemonSettings settings,
        ILogger<PacedListenerFactory> log)
    {
        (_options, _open, _drain, _time, _log) = (options.Value, open, drain, settings.Time, log);
        var connection = new SocketConnectionFactoryOptions
        {
            IOQueueCount = _options.IOQueueCount,
            WaitForDataBeforeAllocatingBuffer = _options.WaitForDataBeforeAllocatingBuffer,
            MaxReadBufferSize = _options.MaxReadBufferSize,
            MaxWriteBufferSize = _options.MaxWriteBufferSize,
        };
        SetMemoryPoolFactory(connection, memory);
        _connections = new SocketConnectionContextFactory(connection, log);
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(taken.Message, taken);
        }

        socket.Listen(_options.Backlog);
        var listener = new PacedListener(socket, _connections, _options.NoDelay, _open, _time, _log);
        if (_drain.IsForAgents(endpoint))
        {
            _drain.Begun.UnsafeRegister(static it => ((PacedListener)it!).Close(), listener);
        }

        return ValueTask.FromResult<IConnectionListener>(listener);
    }

    // Kestrel has no public way to say where a connection's blocks come from; without it, they would not be zeroed. Should the member ever go, the
    // daemon does not start, and the tests of the pool fail.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetMemoryPoolFactory(SocketConnectionFactoryOptions options, IMemoryPoolFactory<byte> factory);
}
