using System.Net;
using System.Net.Sockets;
using System.Text;
using Sanctum.Cli.Runs;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>A port that leads to a Unix socket.</summary>
public sealed class BridgeTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-cli-");
    private readonly Socket _daemon = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private string Path_ => Path.Join(_folder.FullName, "proxy.sock");

    public ValueTask InitializeAsync()
    {
        _daemon.Bind(new UnixDomainSocketEndPoint(Path_));
        _daemon.Listen();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _daemon.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Bytes_go_both_ways_and_one_direction_ends_alone()
    {
        await using var bridge = new Bridge(Path_);
        using var client = await ConnectAsync(bridge);
        using var daemon = await _daemon.AcceptAsync();

        await client.SendAsync("a request"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("a request", await ReadAllAsync(daemon));
        await daemon.SendAsync("its response"u8.ToArray());
        daemon.Shutdown(SocketShutdown.Send);

        Assert.Equal("its response", await ReadAllAsync(client));
    }

    [Fact]
    public async Task Much_is_copied_whole()
    {
        await using var bridge = new Bridge(Path_);
        using var client = await ConnectAsync(bridge);
        using var daemon = await _daemon.AcceptAsync();
        var much = new byte[8 * 1024 * 1024];
        Random.Shared.NextBytes(much);

        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < much.Length;)
            {
                sent += await daemon.SendAsync(much.AsMemory(sent));
            }

            daemon.Shutdown(SocketShutdown.Send);
        });
        using var received = new MemoryStream();
        await new NetworkStream(client).CopyToAsync(received);
        await sending;

        Assert.Equal(much, received.ToArray());
    }

    [Fact]
    public async Task A_daemon_that_leaves_and_one_that_is_gone_close_the_connection()
    {
        await using var bridge = new Bridge(Path_);
        using (var client = await ConnectAsync(bridge))
        {
            var daemon = await _daemon.AcceptAsync();
            daemon.Close(0);
            Assert.Equal("", await ReadAllAsync(client));
        }

        _daemon.Dispose();
        using var second = await ConnectAsync(bridge);
        Assert.Equal("", await ReadAllAsync(second));
    }

    [Fact]
    public async Task More_connections_than_there_are_places_wait()
    {
        _daemon.Listen(4096);
        await using var bridge = new Bridge(Path_);
        var clients = new List<Socket>();
        var daemons = new List<Socket>();
        for (var i = 0; i < Bridge.Most; i++)
        {
            clients.Add(await ConnectAsync(bridge));
            daemons.Add(await _daemon.AcceptAsync());
        }

        using var late = await ConnectAsync(bridge);
        await late.SendAsync("x"u8.ToArray());
        Assert.False(_daemon.Poll(TimeSpan.FromMilliseconds(300), SelectMode.SelectRead));

        clients[0].Close();
        daemons[0].Close();
        using var served = await _daemon.AcceptAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        Assert.Equal(1, await served.ReceiveAsync(new byte[1]));
        clients.ForEach(it => it.Dispose());
        daemons.ForEach(it => it.Dispose());
    }

    [Fact]
    public async Task Nothing_waits_for_connections_that_are_still_open()
    {
        var bridge = new Bridge(Path_);
        using var client = await ConnectAsync(bridge);
        using var daemon = await _daemon.AcceptAsync();

        await bridge.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("", await ReadAllAsync(client));
    }

    [Theory]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: Basic cnVuOnRva2Vu\r\nHost: a:443\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/ HTTP/1.1\r\nProxy-Authorization: Basic cnVuOnRva2Vu\r\nConnection: close\r\nHost: a\r\n\r\n")]
    public async Task A_program_that_can_not_send_the_token_has_it_sent(string sent, string arrived)
    {
        await using var bridge = new Bridge(Path_, new TokenHead("token").BeginAsync);
        using var client = await ConnectAsync(bridge);
        using var daemon = await _daemon.AcceptAsync();

        foreach (var piece in sent.Chunk(7))
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(piece));
            await Task.Yield();
        }

        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(arrived, await ReadAllAsync(daemon));
    }

    [Fact]
    public async Task A_first_line_without_end_is_not_waited_for()
    {
        await using var bridge = new Bridge(Path_, new TokenHead("token").BeginAsync);
        using var client = await ConnectAsync(bridge);
        using var daemon = await _daemon.AcceptAsync();

        await client.SendAsync(new byte[TokenHead.Longest]);

        Assert.Equal("", await ReadAllAsync(daemon));
    }

    [Fact]
    public async Task Another_user_can_not_use_the_port_that_adds_the_token()
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/setpriv"), "only root can become somebody else");
        await using var bridge = new Bridge(Path_, new TokenHead("token").BeginAsync);

        var stranger = CliProcess.RunAsync(
            ["--reuid=65534", "--clear-groups", "/usr/bin/curl", "-s", "-m", "20", "-x", $"http://127.0.0.1:{bridge.Port}", "http://a.example/"], new Dictionary<string, string>(), program: "/usr/bin/setpriv");
        using var daemon = await _daemon.AcceptAsync();

        Assert.Equal("", await ReadAllAsync(daemon));
        Assert.NotEqual(0, (await stranger).ExitCode);
    }

    private static async Task<Socket> ConnectAsync(Bridge bridge)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, bridge.Port));
        return client;
    }

    private static async Task<string> ReadAllAsync(Socket socket)
    {
        using var all = new MemoryStream();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, deadline.Token)) > 0;)
            {
                all.Write(buffer, 0, read);
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed at once: what came before counts.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }
}
