using System.Net.Sockets;
using Sanctum.Egress;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>A connection to a host, passed on unread. Dispose it.</summary>
public sealed class Tunnel : IAsyncDisposable
{
    private readonly UnsealedVault _vault;
    private readonly OpenTunnel _open;
    private readonly IDisposable _ending;

    internal Tunnel(UnsealedVault vault, OpenTunnel open, Socket socket, IDisposable ending)
    {
        (_vault, _open, _ending) = (vault, open, ending);
        Ending = open.Ending;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The connection, both ways.</summary>
    public Stream Stream { get; }

    /// <summary>Cancelled when it may not go on: its grant was withdrawn, the session ended, the vault is being sealed, or the caller gave up.</summary>
    public CancellationToken Ending { get; }

    /// <summary>
    /// Whether it may not go on, to be asked before anything is passed on: <see cref="Ending"/> is cancelled a moment later, and a process that was stopped for a while
    /// knows nothing yet of what was withdrawn.
    /// </summary>
    public bool IsOver()
    {
        if (_vault.Others.IsCutOff)
        {
            _open.WithdrawUnlessStanding(_vault);
        }

        return _open.IsWithdrawn || Ending.IsCancellationRequested;
    }

    /// <summary>Closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        _open.Dispose();
        _ending.Dispose();
    }
}
