using System.Net;
using System.Net.Sockets;
using Sanctum.Client;
using Sanctum.Client.Runs;
using Sanctum.Protocol.Sockets;

namespace Sanctum.Cli.Runs;

/// <summary>
/// A port on loopback that copies each connection to the daemon's proxy socket: programs know HTTP proxies by host and port. Whoever connects still needs
/// the run's token, so that other users of the machine get nothing.
/// </summary>
internal sealed class Bridge : IAsyncDisposable
{
    /// <summary>More connections wait in the system's queue.</summary>
    internal const int Most = 512;

    private const int Queue = 128;
    private const int BufferSize = 32 * 1024;

    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _places = new(Most, Most);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly string _socket;
    private readonly bool _isVouchedFor;
    private readonly Func<Socket, Socket, CancellationToken, Task<bool>> _begin;
    private readonly Task _accepting;

    /// <param name="socket">The daemon's socket.</param>
    /// <param name="begin">What is done before anything is copied; false closes the connection. Null for nothing.</param>
    /// <param name="port">The port; 0 for one that is free.</param>
    /// <param name="isForAllAddresses">Whether it listens on all of this machine's addresses: in a network of its own.</param>
    /// <param name="isVouchedFor">Whether it is known that the daemon listens on that socket. Otherwise each connection sees who does, and ends where it is somebody else.</param>
    public Bridge(string socket, Func<Socket, Socket, CancellationToken, Task<bool>>? begin = null, int port = 0, bool isForAllAddresses = false, bool isVouchedFor = false)
    {
        (_socket, _isVouchedFor, _begin) = (socket, isVouchedFor, begin ?? ((_, _, _) => Task.FromResult(true)));
        _listener.Bind(new IPEndPoint(isForAllAddresses ? IPAddress.Any : IPAddress.Loopback, port));
        _listener.Listen(Queue);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        for (var place = 0; place < Most; place++)
        {
            await _places.WaitAsync().ConfigureAwait(false); // Each is given back when its connection is closed.
        }

        _places.Dispose();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(_ended.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                _ = CarryAsync(await _listener.AcceptAsync(_ended.Token).ConfigureAwait(false));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Ended; or who connected has left again, and the next one is waited for.
                _places.Release();
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        try
        {
            using (client)
            {
                using var daemon = await (_isVouchedFor ? ConnectAsync() : ProxySocket.ConnectAsync(_socket, daemon: null, _ended.Token)).ConfigureAwait(false);
                client.NoDelay = true;
                if (await _begin(client, daemon, _ended.Token).ConfigureAwait(false))
                {
                    await Task.WhenAll(CopyAsync(client, daemon), CopyAsync(daemon, client)).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or VaultConnectionException)
        {
            return; // One of the two has left: the other's connection is closed, which is how it hears of it.
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var daemon = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await SocketPath.ConnectAsync(daemon, _socket, _ended.Token).ConfigureAwait(false);
            return daemon;
        }
        catch
        {
            daemon.Dispose();
            throw;
        }
    }

    // The end of one direction is passed on alone: HTTP has responses that go on after the request has ended.
    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferSize];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, SocketFlags.None, _ended.Token).ConfigureAwait(false)) > 0)
            {
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None, _ended.Token).ConfigureAwait(false);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // Broken, not ended: the other direction ends too, and both sides see that.
            from.Close(0);
            to.Close(0);
            throw;
        }
    }
}
