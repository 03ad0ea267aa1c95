using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sanctum.Protocol.Sockets;

namespace Sanctum.Client.Connections;

/// <summary>Where the daemon listens: the one place that turns settings and targets into an <see cref="EndPoint"/>.</summary>
internal static class VaultAddress
{
    /// <summary>What an address begins with that is reached by TLS.</summary>
    public const string TlsScheme = "tls://";

    private const string DefaultSocket = "~/.sanctum/vault.sock";

    /// <summary>All of the daemon's addresses, in the order in which they are tried.</summary>
    public static IReadOnlyList<EndPoint> AllFrom(SanctumClientOptions options) => options.Addresses is { Count: > 0 } several ? [.. several.Select(Parse)] : [From(options)];

    /// <summary>Host and port win over the socket path, as in the other SDKs; half of a pair is a mistake and is refused.</summary>
    public static EndPoint From(SanctumClientOptions options) => (options.Host, options.Port) switch
    {
        (null or "", null) => Unix(string.IsNullOrEmpty(options.SocketPath) ? DefaultSocket : options.SocketPath),
        (null or "", _) => throw new ArgumentException("a port is set, but no host", nameof(options)),
        (_, null) => throw new ArgumentException("a host is set, but no port", nameof(options)),
        (var host, { } port) => Tcp(host, port),
    };

    /// <summary><c>tls://host:port</c> is TLS, <c>host:port</c> and <c>[v6]:port</c> are TCP; everything else is a socket's path.</summary>
    public static EndPoint Parse(string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        if (target.StartsWith(TlsScheme, StringComparison.OrdinalIgnoreCase))
        {
            return Parse(target[TlsScheme.Length..]) switch
            {
                IPEndPoint address => new TlsEndPoint(address, address.Address.ToString()),
                DnsEndPoint name => new TlsEndPoint(name, name.Host),
                _ => throw new ArgumentException($"'{target}' is not tls://HOST:PORT", nameof(target)),
            };
        }

        var colon = target.LastIndexOf(':');
        return colon > 0
            && !target.Contains('/', StringComparison.Ordinal)
            && int.TryParse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? Tcp(target[..colon].Trim('[', ']'), port)
                : Unix(target);
    }

    /// <summary>Host and port as people write them.</summary>
    public static string Text(EndPoint tcp) => tcp is DnsEndPoint name ? string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}") : tcp.ToString()!;

    public static EndPoint Check(EndPoint target) => target is UnixDomainSocketEndPoint or IPEndPoint or DnsEndPoint or TlsEndPoint or LongSocketEndPoint
        ? target
        : throw new ArgumentException("a vault is reached at a Unix socket, an IP address or a host name", nameof(target));

    /// <summary>Opens a socket, and sees who is at the other end of a Unix one. Cancelling closes it.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="daemon">As <see cref="SanctumClientOptions.DaemonUserId"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Socket> ConnectAsync(EndPoint address, uint? daemon, CancellationToken cancellationToken)
    {
        var isUnix = address.AddressFamily == AddressFamily.Unix;
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (!isUnix)
            {
                KeepAlive(socket);
            }

            await (address is LongSocketEndPoint { Path: var path } ? SocketPath.ConnectAsync(socket, path, cancellationToken) : socket.ConnectAsync(address, cancellationToken)).ConfigureAwait(false);
            if (isUnix)
            {
                DaemonPeer.Require(socket, address.ToString()!, daemon);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A machine that vanishes says nothing: after some seconds the system ends the connection for it.
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 5);
    }

    /// <summary>Opens a connection, with TLS where the address says so.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="options">Whom to trust.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultConnectionException">There is no TLS that can be trusted, or somebody else than the daemon listens.</exception>
    public static async Task<Stream> OpenAsync(EndPoint address, SanctumClientOptions options, CancellationToken cancellationToken)
    {
        var tls = address as TlsEndPoint;
        var socket = await ConnectAsync(tls?.Tcp ?? address, options.DaemonUserId, cancellationToken).ConfigureAwait(false);
        return tls is null ? new NetworkStream(socket, ownsSocket: true) : await DaemonTls.SecureAsync(socket, tls, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A Unix socket; a leading <c>~</c> is the home directory.</summary>
    public static EndPoint Unix(string path)
    {
        var full = HomeDirectory.Expand(path);
        return SocketPath.FitsAddress(full) || !SocketPath.IsReachable(full) ? new UnixDomainSocketEndPoint(full) : new LongSocketEndPoint(full);
    }

    private static EndPoint Tcp(string host, int port)
    {
        if (port is < 1 or > IPEndPoint.MaxPort)
        {
            throw new ArgumentOutOfRangeException(nameof(port), port, "a TCP port is 1 to 65535");
        }

        return IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port);
    }
}
