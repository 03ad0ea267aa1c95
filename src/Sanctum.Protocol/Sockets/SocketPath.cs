using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Protocol.Sockets;

/// <summary>
/// A Unix socket's path, however long. An address has room for 107 bytes (<c>sun_path</c>, unix(7)); a longer path is reached through its folder, which is opened
/// and then goes by the short name <c>/proc/self/fd/N</c>. The folder stays open until this is disposed, and the short name is right for as long.
/// </summary>
public sealed partial class SocketPath : IDisposable
{
    /// <summary>What an address holds, in bytes of UTF-8.</summary>
    public const int LongestAddress = 107;

    /// <summary>How long the socket's own name may be where its path is longer than <see cref="LongestAddress"/>, in bytes of UTF-8.</summary>
    public const int LongestName = 80;

    private const int PathOnly = 0x200000, CloseOnExecute = 0x80000; // O_PATH, O_CLOEXEC
    private const int NotPermitted = 13; // EACCES

    private readonly SafeFileHandle? _folder;

    private SocketPath(string address, SafeFileHandle? folder) => (Address, _folder) = (address, folder);

    /// <summary>A path that fits an address and leads to the same place.</summary>
    public string Address { get; }

    /// <summary>The same as an end point.</summary>
    public UnixDomainSocketEndPoint EndPoint => new(Address);

    /// <summary>Whether every program can connect to a socket at this path, and not only one that knows the way round.</summary>
    public static bool FitsAddress(string path) => Encoding.UTF8.GetByteCount(path) <= LongestAddress;

    /// <summary>Whether a socket at this path can be reached from here.</summary>
    public static bool IsReachable(string path) =>
        FitsAddress(path) || (OperatingSystem.IsLinux() && Encoding.UTF8.GetByteCount(Path.GetFileName(path)) is > 0 and <= LongestName);

    /// <summary>Opens the folder, where that is needed.</summary>
    /// <param name="path">Absolute, or relative to the working directory.</param>
    /// <exception cref="SocketException">The folder is not there, or this user may not enter it.</exception>
    /// <exception cref="ArgumentException">The path can't be reached from here: see <see cref="IsReachable"/>.</exception>
    public static SocketPath Open(string path)
    {
        if (FitsAddress(path))
        {
            return new SocketPath(path, null);
        }

        if (!IsReachable(path))
        {
            throw new ArgumentException(
                OperatingSystem.IsLinux() ? $"a socket's own name has at most {LongestName} bytes: {path}" : $"a socket's path has at most {LongestAddress} bytes here: {path}", nameof(path));
        }

        var folder = OpenFile(Path.GetDirectoryName(Path.GetFullPath(path))!, PathOnly | CloseOnExecute);
        if (folder.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            folder.Dispose();

            // As connecting by the path itself would say it.
            throw new SocketException((int)(error == NotPermitted ? SocketError.AccessDenied : SocketError.AddressNotAvailable));
        }

        return new SocketPath($"/proc/self/fd/{folder.DangerousGetHandle()}/{Path.GetFileName(path)}", folder);
    }

    /// <summary>Connects a socket to the one at a path.</summary>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    public static async ValueTask ConnectAsync(Socket socket, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using var place = Open(path);
        await socket.ConnectAsync(place.EndPoint, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder?.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);
}
