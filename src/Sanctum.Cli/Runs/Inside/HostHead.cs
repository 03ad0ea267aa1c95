using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sanctum.Cli.Runs.Inside;

/// <summary>
/// Begins a connection of a program that knows of no proxy: it has asked for a name's address and connects to it. The tunnel to that name is opened for it.
/// </summary>
/// <param name="addresses">Which name an address stands for.</param>
/// <param name="token">The run's token.</param>
/// <param name="port">The port that it connected to.</param>
internal sealed class HostHead(HostAddresses addresses, string token, int port)
{
    public const int Https = 443, Http = 80;

    private const int Longest = 16 * 1024;

    // A record of TLS 1.2: an alert, fatal, access_denied (RFC 8446, section 6).
    private static readonly byte[] AccessDenied = [0x15, 3, 3, 0, 2, 2, 49];

    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    /// <summary>Opens the tunnel.</summary>
    /// <returns>False where the proxy refused it. The program has been told in its own protocol.</returns>
    public async Task<bool> BeginAsync(Socket client, Socket daemon, CancellationToken cancellationToken)
    {
        if (addresses.NameOf(((IPEndPoint)client.LocalEndPoint!).Address) is not { } name)
        {
            return false;
        }

        var host = string.Create(CultureInfo.InvariantCulture, $"{name}:{port}");
        await SendAsync(daemon, Encoding.ASCII.GetBytes($"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nProxy-Authorization: {TokenHead.Basic(token)}\r\n\r\n"), cancellationToken).ConfigureAwait(false);
        var reply = new byte[Longest];
        var length = 0;
        int end;
        while ((end = reply.AsSpan(0, length).IndexOf(HeadEnd)) < 0)
        {
            var read = length < reply.Length ? await daemon.ReceiveAsync(reply.AsMemory(length), SocketFlags.None, cancellationToken).ConfigureAwait(false) : 0;
            if (read == 0)
            {
                return false;
            }

            length += read;
        }

        if (Encoding.ASCII.GetString(reply, 0, end).Split(' ', 3) is [_, "200", ..])
        {
            await SendAsync(client, reply.AsMemory((end + HeadEnd.Length)..length), cancellationToken).ConfigureAwait(false);
            return true;
        }

        await RefuseAsync(client, daemon, reply.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        return false;
    }

    // Once it has said what it wants, it listens. What is closed with unread bytes is reset, and what was sent may be lost.
    private async Task RefuseAsync(Socket client, Socket daemon, ReadOnlyMemory<byte> reply, CancellationToken cancellationToken)
    {
        var said = new byte[Longest];
        _ = await client.ReceiveAsync(said, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        if (port == Https)
        {
            await SendAsync(client, AccessDenied, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // The proxy's refusal is a response of HTTP, with a body that says why.
            daemon.Shutdown(SocketShutdown.Send);
            await SendAsync(client, reply, cancellationToken).ConfigureAwait(false);
            for (int read; (read = await daemon.ReceiveAsync(said, SocketFlags.None, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                await SendAsync(client, said.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }

        client.Shutdown(SocketShutdown.Send);
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }
    }
}
