using System.Net;
using System.Net.Sockets;

namespace Sanctum.Upstream;

/// <summary>
/// An address that takes no connection and refuses none, as a host does that is switched off: whoever dials it waits. It listens, and its
/// queue is full, so the system drops what else comes.
/// </summary>
public sealed class DeadAddress : IDisposable
{
    // One more than it is told, and then none.
    private const int Queue = 1;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fillers = [];

    private DeadAddress(IPEndPoint endpoint)
    {
        _listener.Bind(endpoint);
        _listener.Listen(Queue);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    /// <summary>The address and port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Makes one.</summary>
    /// <param name="address">An address of loopback's.</param>
    /// <param name="port">The port; 0 for any.</param>
    public static async Task<DeadAddress> CreateAsync(IPAddress address, int port = 0)
    {
        var dead = new DeadAddress(new IPEndPoint(address, port));
        for (var i = 0; i <= Queue; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            dead._fillers.Add(filler);
            await filler.ConnectAsync(dead.EndPoint);
        }

        return dead;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fillers.ForEach(filler => filler.Dispose());
        _listener.Dispose();
    }
}
