using System.Net.Sockets;
using System.Text;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Hosting;

/// <summary>A Unix socket's place in the file system: made free for binding, and cleared away afterwards.</summary>
internal static class SocketFile
{
    // sockaddr_un has 108 bytes, the terminating zero included.
    private const int LongestPath = 107;

    /// <summary>
    /// Removes what an earlier daemon left there. Only call this while holding the vault's lock: until then the socket could be
    /// a living daemon's.
    /// </summary>
    public static void Claim(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            throw Refused($"a socket's path has at most {LongestPath} bytes, and this one is longer: {path}");
        }

        CheckFolder(path);
        switch (FileKind.Of(path))
        {
            case null:
                return;
            case { IsSocket: false }:
                // A symbolic link is not a socket either: following it would let its maker choose what we delete or bind.
                throw Refused($"{path} is there and is not a socket");
            case { Owner: var owner } when owner != NativeMethods.GetEffectiveUserId():
                throw Refused($"{path} belongs to another user");
            default:
                RemoveUnlessAlive(path);
                return;
        }
    }

    /// <summary>Removes the socket, if it still is one.</summary>
    public static void Remove(string path)
    {
        if (FileKind.Of(path) is { IsSocket: true })
        {
            File.Delete(path);
        }
    }

    private static void RemoveUnlessAlive(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new OperatorException(OperatorErrors.InUse, $"another process is listening on {path}", "choose another path with --socket");
    }

    // Whoever can write the folder can put a socket of his own in place of ours, and agents would sign in to him.
    private static void CheckFolder(string path)
    {
        const int writableByOthers = 0x12; // 022
        const int sticky = 0x200; // 01000
        var folder = Path.GetDirectoryName(path)!;
        if (FileKind.Of(folder) is not { } kind)
        {
            throw Refused($"the folder {folder} does not exist");
        }

        if ((kind.Mode & writableByOthers) != 0 && (kind.Mode & sticky) == 0)
        {
            throw Refused($"the folder {folder} can be written by other users");
        }

        if (kind.Owner != 0 && kind.Owner != NativeMethods.GetEffectiveUserId())
        {
            throw Refused($"the folder {folder} belongs to another user");
        }
    }

    private static OperatorException Refused(string message) =>
        new(OperatorErrors.InvalidConfig, message, "choose another path for the socket, in a folder of your own");
}
