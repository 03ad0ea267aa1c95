using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sanctum.Client.Connections;

/// <summary>
/// Who listens on the Unix socket that a client has connected to, as the kernel says (unix(7)). Whoever took the socket's place could
/// relay the sign-in to the real daemon, and use the session.
/// </summary>
internal static partial class DaemonPeer
{
    private const int SolSocket = 1, SoPeerCred = 17;

    /// <summary>Refuses a listener that is not one who may be the daemon. Nothing has been sent by then. Not checked elsewhere than on Linux.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="path">The socket's path.</param>
    /// <param name="daemon">The one user who may be; null for the rule of <see cref="SanctumClientOptions.DaemonUserId"/>.</param>
    /// <exception cref="VaultConnectionException">Somebody else listens.</exception>
    public static void Require(Socket socket, string path, uint? daemon)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var listener = ListenerOf(socket);
        if (daemon is { } expected ? listener != expected : listener != 0 && listener != EffectiveUser() && listener != PlacedBy(path))
        {
            throw Errors.UntrustedDaemon(path, listener, daemon);
        }
    }

    private static uint ListenerOf(Socket socket)
    {
        // struct ucred: pid, uid, gid.
        Span<int> credentials = stackalloc int[3];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return (uint)credentials[1];
    }

    /// <summary>
    /// The owner of the socket's folder, where only root can have given it to that user: every folder above is root's, and no other user can
    /// write it, nor make entries in it as in <c>/tmp</c>. So it is with <c>/run/sanctum</c>. Null where it is not so.
    /// </summary>
    private static uint? PlacedBy(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true) is not null || FileOwnership.Of(folder) is not { IsOpenToOthers: false } own)
        {
            return null;
        }

        for (var above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            if (FileOwnership.Of(above) is not { Owner: 0, IsOpenToOthers: false })
            {
                return null;
            }
        }

        return own.Owner;
    }

    /// <summary>The user that this process runs as.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUser();
}
