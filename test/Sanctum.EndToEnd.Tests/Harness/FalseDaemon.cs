using System.Net.Sockets;
using System.Text;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>Listens where an operator's commands expect the daemon, and answers as a test says.</summary>
internal sealed class FalseDaemon : IDisposable
{
    private const string Status =
        """{"vault_id":"00000000-0000-0000-0000-000000000000","sealed":false,"process_id":1,"version":"1","started_at":"2026-01-01T00:00:00+00:00","socket":"s","tcp":null,"http":null,"connections":0}""";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<string, Task<string?>> _respondAsync;

    /// <param name="path">The socket.</param>
    /// <param name="respondAsync">The JSON to answer a call with, by its path; null means the status.</param>
    public FalseDaemon(string path, Func<string, Task<string?>> respondAsync)
    {
        _respondAsync = respondAsync;
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
        {
            return;
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        using (connection)
        {
            var received = new StringBuilder();
            var buffer = new byte[8192];
            for (int read; (read = await connection.ReceiveAsync(buffer)) > 0;)
            {
                received.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (!IsWhole(received.ToString()))
                {
                    continue;
                }

                var json = await _respondAsync(received.ToString().Split(' ')[1]) ?? Status;
                received.Clear();
                await connection.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));
            }
        }
    }

    private static bool IsWhole(string request)
    {
        var head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var length = request.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))?.Split(' ')[1];
        return head >= 0 && request.Length - head - 4 >= int.Parse(length ?? "0", System.Globalization.CultureInfo.InvariantCulture);
    }
}
