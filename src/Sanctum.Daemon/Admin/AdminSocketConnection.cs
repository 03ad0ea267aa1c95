using System.Net.Sockets;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Rpc;
using Sanctum.Protocol.Sockets;

namespace Sanctum.Daemon.Admin;

/// <summary>
/// Connections to an admin socket, of which the kernel says who listens. What goes over them is the passphrase and secrets: nothing is
/// sent to anybody but this user's daemon and root's.
/// </summary>
internal sealed class AdminSocketConnection(string path)
{
    /// <summary>The daemon's process, once there was a connection.</summary>
    public int? ProcessId { get; private set; }

    /// <exception cref="OperatorException">Another user listens there.</exception>
    public async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await SocketPath.ConnectAsync(socket, path, cancellationToken).ConfigureAwait(false);
            var listener = PeerCredentials.Of(socket);
            var self = NativeMethods.GetEffectiveUserId();
            if (listener.UserId != self && listener.UserId != 0)
            {
                throw OperatorErrors.UntrustedDaemon(path, listener.UserId, self);
            }

            ProcessId = listener.ProcessId;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
