using System.ComponentModel;
using System.Net.Sockets;
using Sanctum.Daemon.Admin;
using Sanctum.Protocol.Sockets;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting;

/// <summary>A Unix socket's place in the file system: made free for binding, and cleared away afterwards.</summary>
internal static class SocketFile
{
    /// <summary>
    /// Removes what an earlier daemon left there. Only call this while holding the vault's lock: until then the socket could be
    /// a living daemon's.
    /// </summary>
    public static void Claim(string path)
    {
        if (!SocketPath.IsReachable(path))
        {
            throw Refused($"where a socket's path has more than {SocketPath.LongestAddress} bytes, its last part can have {SocketPath.LongestName}, and this one has more: {path}");
        }

        try
        {
            CheckFolder(path);
            Clear(path);
        }
        catch (Win32Exception e)
        {
            throw Refused($"{path} can't be used for a socket: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"{path} can't be removed to make room for the daemon's socket", e);
        }
    }

    /// <summary>Removes the socket, if it still is one.</summary>
    public static void Remove(string path)
    {
        if (FileFacts.At(path) is { Kind: FileKind.Socket })
        {
            File.Delete(path);
        }
    }

    private static void Clear(string path)
    {
        switch (FileFacts.At(path))
        {
            case null:
                return;
            case { Kind: not FileKind.Socket }:
                // A symbolic link is not a socket either: following it would let its maker choose what we delete or bind.
                throw Refused($"{path} exists and is not a socket");
            case { Owner: var owner } when owner != NativeMethods.GetEffectiveUserId():
                throw Refused($"{path} belongs to another user");
            default:
                RemoveUnlessAlive(path);
                return;
        }
    }

    private static void RemoveUnlessAlive(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var place = SocketPath.Open(path);
            probe.Connect(place.EndPoint);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new OperatorException(OperatorErrors.InUse, $"another process is listening on {path}", "choose another path with --socket or --proxy-socket");
    }

    // Whoever can write the folder can replace our socket with their own, and agents would sign in to them.
    private static void CheckFolder(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? throw Refused($"{path} is a folder");
        if (FolderTrust.FlawOf(folder) is { } flaw)
        {
            throw Refused(flaw);
        }

        if (FileFacts.At(folder) is null)
        {
            throw Refused($"the folder {folder} does not exist");
        }
    }

    private static OperatorException Refused(string message, Exception? inner = null) =>
        new(OperatorErrors.InvalidConfig, message, "choose another path for the socket with --socket or --proxy-socket, in a folder of your own", inner);
}
