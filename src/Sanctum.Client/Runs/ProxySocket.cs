using System.Net;
using System.Net.Sockets;
using Sanctum.Client.Connections;

namespace Sanctum.Client.Runs;

/// <summary>The daemon's proxy socket: where it is, as seen from here, and the way to it.</summary>
internal static class ProxySocket
{
    /// <summary>
    /// The path that the daemon says. A daemon in a container says where it is in there: then the socket lies beside the one for agents, if they have been
    /// mounted together.
    /// </summary>
    /// <param name="said">The daemon's path.</param>
    /// <param name="agents">Where the client is connected to.</param>
    public static string Find(string said, EndPoint agents)
    {
        if (File.Exists(said))
        {
            return said;
        }

        var beside = Path.Join(Path.GetDirectoryName(Path.GetFullPath(agents.ToString()!)), Path.GetFileName(said));
        return File.Exists(beside) ? beside : said;
    }

    /// <summary>Connects, and sees who listens: a run's token and its requests are for the daemon alone. Nothing has been sent by then.</summary>
    /// <param name="path">Where.</param>
    /// <param name="daemon">As <see cref="SanctumClientOptions.DaemonUserId"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultConnectionException">Nobody listens, or somebody else than the daemon.</exception>
    public static async Task<Socket> ConnectAsync(string path, uint? daemon, CancellationToken cancellationToken)
    {
        var socket = VaultAddress.Unix(path);
        try
        {
            return await VaultAddress.ConnectAsync(socket, daemon, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            throw Errors.ProxyUnreachable(socket, refused);
        }
    }
}
