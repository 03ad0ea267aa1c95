using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sanctum.Daemon.Tests;

/// <summary>Requests as they were typed, whatever a well-behaved client would make of them.</summary>
internal sealed class RawHttp(EndPoint endpoint) : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public RawHttp(string socket)
        : this(new UnixDomainSocketEndPoint(socket))
    {
    }

    public Task<(int Status, string Reply)> PostAsync(
        string path, string body, string? token = null, string host = "localhost", string? origin = null, string contentType = "application/json",
        int? length = null) => SendAsync("POST", path, body, token, host, origin, contentType, length);

    public Task<(int Status, string Reply)> GetAsync(string path, string? token = null, string host = "localhost", string? origin = null) =>
        SendAsync("GET", path, "", token, host, origin, null);

    public async Task<(int Status, string Reply)> SendAsync(
        string method, string path, string body, string? token, string? host, string? origin, string? contentType, int? length = null)
    {
        var request = new StringBuilder($"{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length ?? Encoding.UTF8.GetByteCount(body)}\r\n");
        request.Append(host is null ? "" : $"Host: {host}\r\n");
        request.Append(origin is null ? "" : $"Origin: {origin}\r\n");
        request.Append(token is null ? "" : $"Authorization: Bearer {token}\r\n");
        request.Append(contentType is null ? "" : $"Content-Type: {contentType}\r\n");
        request.Append("\r\n").Append(body);

        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _sockets.Add(socket);
        await socket.ConnectAsync(endpoint);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()));
        using var reader = new StreamReader(stream);
        var reply = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (int.Parse(reply.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), reply);
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
}
