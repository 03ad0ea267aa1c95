using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sanctum.Cli.Loopback;

/// <summary>
/// A service on loopback that reads the heads of requests and leaves their bodies where they are, as some servers do with a GET's: what
/// is left in a connection is the next request's beginning. At <c>/unasked</c> it sends a second response that nobody asked for.
/// </summary>
internal sealed class CarelessService : IAsyncDisposable
{
    /// <summary>What the response says that nobody asked for.</summary>
    public const string Forged = "this was not asked for";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly Task _accepting;

    public CarelessService()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Such as <c>http://127.0.0.1:40001</c>.</summary>
    public string Origin => $"http://{_listener.LocalEndpoint}";

    /// <summary>Whether it took something for a request that begins like this.</summary>
    public bool Took(string beginning) => _heads.Any(head => head.StartsWith(beginning, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await Task.WhenAll([_accepting, .. _connections]).ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ending.Token).ConfigureAwait(false)));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                await RespondToAllAsync(connection.GetStream()).ConfigureAwait(false);
            }
            catch (Exception ended) when (ended is IOException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task RespondToAllAsync(NetworkStream stream)
    {
        var unread = "";
        var buffer = new byte[4096];
        while (true)
        {
            var end = unread.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var head = unread[..end];
                unread = unread[(end + 4)..];
                _heads.Enqueue(head);
                var more = head.Contains("/unasked ", StringComparison.Ordinal) ? Response(Forged) : "";
                await stream.WriteAsync(Encoding.Latin1.GetBytes(Response("ok") + more), _ending.Token).ConfigureAwait(false);
                continue;
            }

            var read = await stream.ReadAsync(buffer, _ending.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            unread += Encoding.Latin1.GetString(buffer, 0, read);
        }
    }

    private static string Response(string body) => $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}";
}
