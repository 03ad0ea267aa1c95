using System.Net;
using System.Net.Http;
using System.Net.Sockets;

namespace Sanctum.Egress;

/// <summary>
/// Makes connections. The decision is about the address that is dialled, after the name was resolved, and there is no second
/// resolution in between: the address that was judged is the one that is connected to.
/// </summary>
/// <param name="resolve">Finds a host's addresses.</param>
/// <param name="publicOnly">Whether anything but a public address is refused.</param>
internal sealed class Dialer(Func<string, CancellationToken, Task<IPAddress[]>> resolve, bool publicOnly)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await AddressesAsync(host, cancellationToken).ConfigureAwait(false);
        var allowed = publicOnly ? Array.FindAll(addresses, PublicAddress.IsPublic) : addresses;
        if (allowed.Length == 0)
        {
            throw addresses.Length > 0 ? Errors.NotPublic(new Origin(Origin.Https, host, port)) : new SocketException((int)SocketError.HostNotFound);
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(allowed[i], port), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException) when (i + 1 < allowed.Length)
            {
                // The next address may answer; what the last one throws is the outcome.
            }
        }
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await resolve(host, cancellationToken).ConfigureAwait(false);

    private static async ValueTask<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
