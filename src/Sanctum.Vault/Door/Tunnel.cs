using System.Net.Sockets;
using Sanctum.Egress;

namespace Sanctum.Door;

/// <summary>A connection to a host, passed on unread. Dispose it.</summary>
public sealed class Tunnel : IAsyncDisposable
{
    private readonly OpenTunnel _open;
    private readonly IDisposable _ending;

    internal Tunnel(OpenTunnel open, Socket socket, IDisposable ending)
    {
        (_open, _ending) = (open, ending);
        Ending = open.Ending;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The connection, both ways.</summary>
    public Stream Stream { get; }

    /// <summary>Cancelled when it may not go on: its grant was withdrawn, the session ended, the vault is being sealed, or the caller gave up.</summary>
    public CancellationToken Ending { get; }

    /// <summary>Closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        _open.Dispose();
        _ending.Dispose();
    }
}
