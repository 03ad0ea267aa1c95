using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Sanctum.Credentials;

namespace Sanctum.Daemon.Tests.Admin;

/// <summary>What processes without the passphrase, and readers that do not read, can do to an operator.</summary>
public sealed class GuessingTests
{
    // Four at a time, from one process or from a new process each; a line for each that was wrong.
    private const string Guesser = """
        import base64, json, os, socket, sys, threading
        def guess():
            body = json.dumps({"passphrase": base64.b64encode(b"wrong").decode()}).encode()
            s = socket.socket(socket.AF_UNIX)
            try: s.connect(sys.argv[1])
            except OSError: os._exit(0)
            s.sendall(b"POST /v1/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            reply = b""
            while part := s.recv(4096): reply += part
            if b" 401 " in reply[:20]: os.write(1, b"wrong\n")
        def run():
            while True:
                if sys.argv[2] == "fork":
                    child = os.fork()
                    if child == 0: guess(); os._exit(0)
                    os.waitpid(child, 0)
                else: guess()
        for _ in range(4): threading.Thread(target=run).start()
        """;

    [Theory]
    [InlineData("stay")]
    [InlineData("fork")]
    public async Task While_another_process_guesses_the_operator_logs_in_seals_and_stops(string how)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var guesser = Process.Start(new ProcessStartInfo("python3", ["-c", Guesser, vault.AdminSocket, how]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal("wrong", await guesser.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)));
            }

            using var admin = vault.Admin();
            var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray()).WaitAsync(TimeSpan.FromMinutes(2))).Token;
            Assert.True((await admin.SealAsync(token).WaitAsync(TimeSpan.FromMinutes(2))).Sealed);
            await admin.StopAsync(null).WaitAsync(TimeSpan.FromMinutes(2));
        }
        finally
        {
            guesser.Kill();
            await guesser.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Bodies_that_are_claimed_and_never_sent_take_no_memory()
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var daemon = await DaemonProcess.StartAsync(vault);
        using var admin = vault.Admin();
        await admin.StatusAsync();
        var before = daemon.ResidentBytes;
        for (var i = 0; i < 500; i++)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(vault.AdminSocket));
            await SendAsync(socket, "POST /v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 262144\r\n\r\n{");
        }

        await admin.StatusAsync();
        Assert.InRange((daemon.ResidentBytes - before) / 1024 / 1024, 0, 64);
    }

    // One connection too many is closed as soon as it is accepted, which may be before anything is sent on it.
    private static async Task SendAsync(Socket socket, string request)
    {
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        }
        catch (SocketException closed) when (closed.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            return;
        }
    }

    [Fact]
    public async Task Operators_who_do_not_read_hold_little_memory_and_nobody_up()
    {
        await using var vault = await VaultFixture.CreateAsync(async (opened, by) =>
        {
            for (var i = 0; i < 3000; i++)
            {
                await opened.Credentials.StoreAsync(
                    by, CredentialPath.Parse($"many/{i}"), "x"u8.ToArray(), new CredentialOptions { Description = new string('d', 1000) });
            }
        });
        using var daemon = await DaemonProcess.StartAsync(vault);
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;
        await using var api = admin.Connect(token);
        Assert.Equal(3003, (await api.ListAsync(null, null)).Count);
        var before = daemon.ResidentBytes;
        var deaf = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(vault.AdminSocket));
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/credentials/list HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"));
            deaf.Add(socket);
        }

        for (var i = 0; i < 20; i++)
        {
            await admin.StatusAsync();
        }

        // Twenty lists of three megabytes each.
        Assert.InRange((daemon.ResidentBytes - before) / 1024 / 1024, 0, 48);
        Assert.True((await admin.SealAsync(token).WaitAsync(TimeSpan.FromMinutes(2))).Sealed);
        deaf.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task One_process_has_no_more_connections_than_it_leaves_to_others()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"operator_connections":4}}""");
        using var daemon = await DaemonProcess.StartAsync(vault);
        var mine = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(vault.AdminSocket));
            mine.Add(socket);
        }

        // Whichever of the three came last.
        var refused = await await Task.WhenAny(mine.Select(ReceiveAsync)).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.StartsWith("HTTP/1.1 429 ", refused, StringComparison.Ordinal);

        // Another process still gets in.
        using var other = Process.Start(new ProcessStartInfo("python3",
        [
            "-c",
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
            s.sendall(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"); print(s.recv(12).decode())
            """,
            vault.AdminSocket,
        ]) { RedirectStandardOutput = true })!;
        Assert.Equal("HTTP/1.1 200", await other.StandardOutput.ReadLineAsync());
        await other.WaitForExitAsync();
        mine.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_connection_that_has_shown_a_token_is_not_displaced_by_strangers()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"operator_connections":4}}""");
        await using var daemon = await vault.StartAsync(options => options with { Http = "127.0.0.1:0" });
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;
        var port = IPEndPoint.Parse(daemon.Status.Http!);
        var connected = 0;
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                Interlocked.Increment(ref connected);
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(port, cancelled);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        await ListAsync(http, token, daemon.Status.Http!);
        List<Socket> strangers = [];
        for (var i = 0; i < 12; i++)
        {
            var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await stranger.ConnectAsync(port);
            strangers.Add(stranger);
        }

        // The first of them has lost its place to the last.
        Assert.Equal(0, await EndOfAsync(strangers[0]).WaitAsync(TimeSpan.FromMinutes(2)));
        await ListAsync(http, token, daemon.Status.Http!);
        Assert.Equal(1, connected);
        strangers.ForEach(stranger => stranger.Dispose());
    }

    private static async Task ListAsync(HttpClient http, string token, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{address}/v1/agents/list") { Content = new StringContent("{}", new MediaTypeHeaderValue("application/json")) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<int> EndOfAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]);
        }
        catch (SocketException)
        {
            return 0; // Ended without ceremony.
        }
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var bytes = new byte[512];
        return Encoding.ASCII.GetString(bytes, 0, await socket.ReceiveAsync(bytes));
    }
}
