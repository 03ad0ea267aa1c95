using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sanctum.Egress.Connections;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress.Connections;

/// <summary>What a service sends before it is asked is nobody's response.</summary>
public sealed class ForeignResponseTests : IAsyncLifetime
{
    private const string Forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";

    private Outside _outside = null!;

    public async ValueTask InitializeAsync() => _outside = await Outside.CreateAsync();

    public ValueTask DisposeAsync() => _outside.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_on_a_connection_that_rests_ends_it_and_is_not_the_next_calls(bool secure)
    {
        var forge = new Gate();
        await using var raw = RawUpstream.Start(
            async connection =>
            {
                while (await connection.ReadHeadAsync() is not null)
                {
                    await connection.SendAsync(RawResponses.WellFormed);
                    await forge.PassAsync(CancellationToken.None);
                    await connection.SendAsync(Forged);
                }
            },
            secure ? _outside.Authority : null);
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Equal("ok", Outside.Text(await _outside.GetAsync(raw.Origin)));
        forge.Open(2);

        // Nobody asks for anything, and it ends.
        await (await raw.Connections.NextAsync()).Ended.InTime();
        Assert.Equal("ok", Outside.Text(await _outside.GetAsync(raw.Origin)));
        Assert.Equal(2, raw.Connections.Count);
    }

    [Fact]
    public async Task Bytes_after_the_end_of_a_response_end_its_connection()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            while (await connection.ReadHeadAsync() is not null)
            {
                await connection.SendAsync(RawResponses.WellFormed + Forged);
            }
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("ok", Outside.Text(await _outside.GetAsync(raw.Origin)));
            await (await raw.Connections.NextAsync()).Ended.InTime();
        }
    }

    [Fact]
    public async Task A_body_after_a_response_to_head_is_not_the_next_response()
    {
        await using var raw = RawUpstream.Start(async connection =>
        {
            while (await connection.ReadHeadAsync() is { } head)
            {
                await connection.SendAsync(head.StartsWith("HEAD", StringComparison.Ordinal) ? $"HTTP/1.1 200 OK\r\nContent-Length: {Forged.Length}\r\n\r\n{Forged}" : RawResponses.WellFormed);
            }
        });
        await _outside.AllowOriginsAsync(raw.Origin);
        Assert.Empty((await _outside.SendAsync(new(raw.Origin, "HEAD"))).Body.ToArray());
        Assert.Equal("ok", Outside.Text(await _outside.GetAsync(raw.Origin)));
        Assert.Equal(2, raw.Connections.Count);
    }

    [Fact]
    public async Task A_connection_that_its_service_closes_is_closed_here_too()
    {
        await using var raw = RawUpstream.Responding(RawResponses.WellFormed);
        await _outside.AllowOriginsAsync(raw.Origin);
        await _outside.GetAsync(raw.Origin);
        await (await raw.Connections.NextAsync()).Ended.InTime();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_there_before_the_first_request_on_a_connection_keeps_it_from_being_sent(bool secure)
    {
        using var pair = await Pair.CreateAsync(secure ? _outside.Authority : null);
        var guard = new GuardedStream(pair.Client, pair.Wire, ordered: true);
        guard.Rest();
        // Longer than all that TLS says to itself.
        var forged = $"HTTP/1.1 200 OK\r\nContent-Length: 8000\r\n\r\n{new string('f', 8000)}";
        await pair.Server.WriteAsync(Encoding.ASCII.GetBytes(forged));
        await pair.ArrivedAsync(forged.Length);
        await Assert.ThrowsAsync<UnaskedException>(() => guard.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray()).AsTask());
        Assert.False(guard.IsAsked);
        guard.Dispose();
        Assert.Equal(0, await pair.Server.ReadAsync(new byte[1]).AsTask().InTime());
    }

    // Between the look at the connection and the next head: .NET's client has begun to read by then.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_while_the_next_request_is_being_made_keeps_it_from_being_sent(bool secure)
    {
        using var pair = await Pair.CreateAsync(secure ? _outside.Authority : null);
        var guard = new GuardedStream(pair.Client, pair.Wire, ordered: true);
        guard.Rest();
        await guard.WriteAsync("first"u8.ToArray());
        await pair.Server.ReadExactlyAsync(new byte[5]);
        await pair.Server.WriteAsync("answer"u8.ToArray());
        var buffer = new byte[100];
        Assert.Equal(6, await guard.ReadAtLeastAsync(buffer, 6));
        guard.Rest();

        var reading = guard.ReadAsync(buffer).AsTask();
        await pair.Server.WriteAsync(Encoding.ASCII.GetBytes(Forged));
        await pair.ArrivedAsync();
        Assert.False(reading.IsCompleted);
        await Assert.ThrowsAsync<UnaskedException>(() => guard.WriteAsync("second"u8.ToArray()).AsTask());
        guard.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => reading.InTime());
        Assert.Equal(0, await pair.Server.ReadAsync(new byte[1]).AsTask().InTime());
    }

    // TLS 1.3's session tickets are there before the first request, and say nothing.
    [Fact]
    public async Task What_tls_says_to_itself_is_no_response()
    {
        using var pair = await Pair.CreateAsync(_outside.Authority);
        var guard = new GuardedStream(pair.Client, pair.Wire, ordered: true);
        guard.Rest();
        await pair.ArrivedAsync();
        await guard.WriteAsync("first"u8.ToArray());
        await pair.Server.ReadExactlyAsync(new byte[5]);
        var reading = guard.ReadAsync(new byte[100]).AsTask();
        await pair.Server.WriteAsync("answer"u8.ToArray());
        Assert.Equal(6, await reading.InTime());
    }

    private sealed class Pair : IDisposable
    {
        private readonly Socket _socket;

        private Pair(Socket socket, Stream server) => (_socket, Wire, Client, Server) = (socket, new WireStream(socket), null!, server);

        public WireStream Wire { get; }

        public Stream Client { get; private set; }

        public Stream Server { get; private set; }

        public static async Task<Pair> CreateAsync(TestAuthority? authority)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(listener.LocalEndpoint);
            var accepted = await listener.AcceptSocketAsync();
            accepted.NoDelay = true;
            var pair = new Pair(socket, new NetworkStream(accepted, ownsSocket: true));
            pair.Client = pair.Wire;
            if (authority is not null)
            {
                var (server, client) = (new SslStream(pair.Server), new SslStream(pair.Wire));
                using var certificate = authority.Issue("localhost");
                await Task.WhenAll(
                    server.AuthenticateAsServerAsync(certificate),
                    client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = authority.TrustPolicy() }));
                (pair.Server, pair.Client) = (server, client);
            }

            return pair;
        }

        /// <summary>Waits until so many bytes are there to be read.</summary>
        public async Task ArrivedAsync(int bytes = 1)
        {
            await Wire.ArrivalAsync().InTime();
            while (_socket.Available < bytes)
            {
                await Task.Yield();
            }
        }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
