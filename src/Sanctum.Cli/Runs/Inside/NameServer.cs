using System.Net;
using System.Net.Sockets;

namespace Sanctum.Cli.Runs.Inside;

/// <summary>
/// The name server of a run's network (RFC 1035, over UDP). It asks nobody: every name has an address, behind which the proxy decides. So nothing can be
/// carried out in the names that a program looks up.
/// </summary>
internal sealed class NameServer : IAsyncDisposable
{
    public const int Port = 53;

    private readonly CancellationTokenSource _ended = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly HostAddresses _addresses;
    private readonly Task _serving;

    /// <param name="addresses">What gives names their addresses.</param>
    /// <param name="port">The port on loopback; 0 for one that is free.</param>
    public NameServer(HostAddresses addresses, int port = Port)
    {
        _addresses = addresses;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        _socket.Dispose();
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        var query = new byte[NameQuery.Longest];
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(query, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _ended.Token).ConfigureAwait(false);
                if (NameQuery.Reply(query.AsSpan(0, received.ReceivedBytes), _addresses) is { } reply)
                {
                    await _socket.SendToAsync(reply, SocketFlags.None, received.RemoteEndPoint, _ended.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Ended; or who asked has left, or sent too much: the next one is waited for.
            }
        }
    }
}
