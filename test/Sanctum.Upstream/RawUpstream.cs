using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Upstream;

/// <summary>
/// A server that is none: it sends bytes as they are given, at any time, on plain sockets or inside TLS. For what <see cref="TestUpstream"/> is
/// too well-behaved to do. <see cref="RawResponses"/> has responses for it.
/// </summary>
public sealed class RawUpstream : IAsyncDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<RawConnection, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly SslApplicationProtocol? _protocol;
    private readonly Task _accepting;

    private RawUpstream(Func<RawConnection, Task> script, X509Certificate2? certificate, SslApplicationProtocol? protocol = null)
    {
        _script = script;
        _certificate = certificate;
        _protocol = protocol;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>Scheme, address and port, such as <c>http://127.0.0.1:40001</c>.</summary>
    public string Origin => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>Every connection, with what came on it.</summary>
    public Arrivals<RawConnection> Connections { get; } = new();

    /// <summary>Starts one that does as a script says with each connection, and closes it when the script ends.</summary>
    /// <param name="script">What to do; an exception in it, but for the client's leaving, is thrown when the upstream is disposed.</param>
    /// <param name="authority">Who vouches for it; with one, it speaks TLS.</param>
    public static RawUpstream Start(Func<RawConnection, Task> script, TestAuthority? authority = null) => new(script, authority?.Issue("localhost", "127.0.0.1"));

    /// <summary>Starts one that speaks TLS and, within it, HTTP/2 as the script has it.</summary>
    public static RawUpstream StartHttp2(TestAuthority authority, Func<RawHttp2, Task> script) => new(
        async connection =>
        {
            var http = new RawHttp2(connection);
            await http.GreetAsync();
            await script(http);
        },
        authority.Issue("localhost", "127.0.0.1"),
        SslApplicationProtocol.Http2);

    /// <summary>Starts one that speaks TLS with this certificate, which it disposes.</summary>
    public static RawUpstream StartWith(X509Certificate2 certificate, Func<RawConnection, Task> script) => new(script, certificate);

    /// <summary>Starts one that reads a request, sends a response, a byte a character, and closes.</summary>
    /// <param name="answer">The bytes to send; <see cref="RawResponses.Authorization"/> in them stands for what the request had in that header.</param>
    /// <param name="authority">Who vouches for it; with one, it speaks TLS.</param>
    public static RawUpstream Responding(string answer, TestAuthority? authority = null) => Start(
        async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(answer.Replace(RawResponses.Authorization, connection.Header("Authorization") ?? "", StringComparison.Ordinal));
        },
        authority);

    /// <summary>Closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
        _certificate?.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // A test that failed may have left one that waits for it, for ever.
            var all = Task.WhenAll(served);
            if (await Task.WhenAny(all, Task.Delay(LongestEnd)) == all)
            {
                await all;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = new RawConnection(socket, _stopping.Token);
        Connections.Add(connection);
        try
        {
            if (_certificate is not null)
            {
                await connection.SecureAsync(_certificate, _protocol);
            }

            await _script(connection);
            await connection.CloseAsync();
        }
        catch (Exception gone) when (gone is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            // The client left, or would not have this certificate, or the test is over: each is what some test is about.
            connection.End();
        }
    }
}
