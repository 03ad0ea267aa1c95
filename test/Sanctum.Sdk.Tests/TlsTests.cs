using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Sanctum.Client;
using Sanctum.Daemon.Admin;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>TLS for agents and operators over TCP: who is let in, who is not, and what each is told.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task A_client_that_trusts_the_authority_is_served_by_name_and_by_address()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        foreach (var address in (string[])[vault.Address, $"tls://127.0.0.1:{vault.Tcp.Port}"])
        {
            await using var client = vault.Client(null, address);
            Assert.Equal("app/key", Assert.Single(await client.ListAsync()).Path);
        }
    }

    [Theory]
    [InlineData("another authority", "no authority that is trusted here vouches", "SANCTUM_CA_FILE")]
    [InlineData("expired", "has expired", "renew it")]
    [InlineData("another name", "is not for 'localhost'", "use a name or an address")]
    [InlineData("the system's authorities", "no authority that is trusted here vouches", "SANCTUM_CA_FILE")]
    public async Task A_daemon_that_does_not_prove_its_name_is_sent_nothing(string how, string said, string advice)
    {
        await using var vault = await TlsVault.CreateAsync();
        using var other = new TestAuthority("other");
        vault.Write("server", how switch
        {
            "another authority" => other.Issue("localhost"),
            "expired" => vault.Authority.Issue(["localhost"], TimeProvider.System.GetUtcNow().AddMinutes(-5)),
            "another name" => vault.Authority.Issue("vault.example"),
            _ => vault.Authority.Issue("localhost"),
        });
        await vault.StartAsync();
        await using var client = vault.Client(options => options.CaFile = how == "the system's authorities" ? null : options.CaFile);
        var refused = await Assert.ThrowsAsync<VaultConnectionException>(() => client.ConnectAsync());
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_client_authorities_a_certificate_is_required_besides_the_sign_in()
    {
        await using var vault = await TlsVault.CreateAsync();
        using var other = new TestAuthority("other");
        vault.Write("own", vault.Clients.Issue("program"));
        vault.Write("foreign", other.Issue("program"));
        vault.Write("old", vault.Clients.Issue(["program"], TimeProvider.System.GetUtcNow().AddMinutes(-5)));
        await vault.StartAsync(clients: true);
        await using (var none = vault.Client())
        {
            Assert.Contains("requires a client certificate", (await Assert.ThrowsAsync<AuthException>(() => none.ConnectAsync())).Message, StringComparison.Ordinal);
        }

        foreach (var name in (string[])["foreign", "old"])
        {
            await using var untrusted = vault.Client(options => With(options, vault, name));
            Assert.Contains("is not trusted, or has expired", (await Assert.ThrowsAsync<AuthException>(() => untrusted.ConnectAsync())).Message, StringComparison.Ordinal);
        }

        await using var own = vault.Client(options => With(options, vault, "own"));
        Assert.Single(await own.ListAsync());

        // The certificate is nobody's sign-in.
        await using var stranger = new SanctumClient("stranger", Changed(vault.Options(), options => With(options, vault, "own"), options => options.KeyPath = vault.At("keys/worker.key")));
        await Assert.ThrowsAsync<AuthException>(() => stranger.ConnectAsync());
    }

    [Fact]
    public async Task A_client_without_TLS_at_a_port_with_it_is_told_so_and_the_other_way_around()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        await using (var plain = vault.Client(null, $"127.0.0.1:{vault.Tcp.Port}"))
        {
            var refused = await Assert.ThrowsAsync<Client.VaultException>(() => plain.ConnectAsync());
            Assert.Equal(("INVALID_REQUEST", "this port requires TLS"), (refused.Code, refused.Message));
            Assert.Contains("tls://HOST:PORT", refused.Suggestion, StringComparison.Ordinal);
        }

        await using var without = await TlsVault.CreateAsync();
        await without.StartAsync(options: given =>
        {
            File.WriteAllText(without.At("config.json"), """{ "listeners": { "tcp": "127.0.0.1:0" } }""");
            return given;
        });
        await using var secure = without.Client();
        var broken = await Assert.ThrowsAsync<VaultConnectionException>(() => secure.ConnectAsync());
        Assert.Contains("no TLS connection", broken.Message, StringComparison.Ordinal);
        Assert.Contains("without TLS, the address is HOST:PORT", broken.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_are_served_by_TLS_under_the_certificates_names_alone()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = vault.Authority.TrustPolicy() } });
        var status = new Uri($"https://localhost:{vault.Http.Port}/v1/status");
        using (var stranger = await http.GetAsync(status))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        }

        var token = await vault.TokenAsync();
        foreach (var (host, expected) in new[] { ("localhost", "200"), ("localhost:7777", "200"), ("rebound.example", "403"), ($"rebound.example:{vault.Http.Port}", "403") })
        {
            await using var tls = await OpenAsync(vault, vault.Http);
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET /v1/status HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"));
            using var response = new StreamReader(tls);
            Assert.Equal((host, $"HTTP/1.1 {expected}"), (host, (await response.ReadToEndAsync())[..12]));
        }

        using var plain = await http.GetAsync(new Uri($"http://localhost:{vault.Http.Port}/v1/status"));
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
        Assert.Contains("this port requires TLS", await plain.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_without_a_client_certificate_are_refused_whatever_their_token()
    {
        await using var vault = await TlsVault.CreateAsync();
        using var certificate = vault.Clients.Issue("operator");
        await vault.StartAsync(clients: true);
        var status = new Uri($"https://localhost:{vault.Http.Port}/v1/status");
        var token = await vault.TokenAsync();
        foreach (var (shown, expected) in new[] { (false, HttpStatusCode.Forbidden), (true, HttpStatusCode.OK) })
        {
            using var http = new HttpClient(new SocketsHttpHandler
            {
                SslOptions =
                {
                    CertificateChainPolicy = vault.Authority.TrustPolicy(),
                    ClientCertificateContext = shown ? SslStreamCertificateContext.Create(certificate, null, offline: true) : null,
                },
            });
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
            using var response = await http.GetAsync(status);
            Assert.Equal((shown, expected), (shown, response.StatusCode));
        }
    }

    [Fact]
    public async Task A_new_pair_is_taken_for_new_connections_and_half_of_one_changes_nothing()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        await using var open = vault.Client();
        Assert.Single(await open.ListAsync());
        var first = await ShownAsync(vault);
        using var second = vault.Authority.Issue("localhost");
        vault.WriteCertificate("server", second);
        await Task.Delay(TimeSpan.FromSeconds(7)); // It has been looked at by then.
        Assert.Equal(first, await ShownAsync(vault));
        vault.Write("server", second);
        for (var waited = 0; await ShownAsync(vault) != second.Thumbprint; waited++)
        {
            Assert.True(waited < 200, "the new certificate was not taken");
            await Task.Delay(100);
        }

        Assert.Single(await open.ListAsync());
    }

    [Fact]
    public async Task Silent_handshakes_keep_nobody_out_and_end()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        var silent = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            silent.Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
            await silent[^1].ConnectAsync(vault.Tcp);
            if (i % 2 == 0)
            {
                await silent[^1].SendAsync(new byte[] { 22, 3, 1 }); // A record that goes no further.
            }
        }

        await using (var client = vault.Client())
        {
            Assert.Single(await client.ListAsync());
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var socket in silent)
        {
            Assert.Equal(0, await EndAsync(socket, patience.Token));
            socket.Dispose();
        }
    }

    // As a client of the published protocol does that was made elsewhere.
    [Fact]
    public async Task The_published_protocol_is_spoken_inside_TLS()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        await using var tls = await OpenAsync(vault);
        await tls.WriteAsync(Framed("""{"id":7,"method":"authenticate","params":{"agent_name":"worker"}}"""));
        var length = new byte[4];
        await tls.ReadExactlyAsync(length);
        var reply = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await tls.ReadExactlyAsync(reply);
        var result = JsonElement.Parse(reply);
        Assert.Equal(7, result.GetProperty("id").GetInt32());
        Assert.Equal(128, result.GetProperty("result").GetProperty("challenge").GetString()!.Length);
    }

    [Fact]
    public async Task Without_TLS_no_other_machine_is_served_and_with_it_any_address_will_do()
    {
        await using var vault = await TlsVault.CreateAsync();
        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.StartAsync(options: given =>
        {
            File.WriteAllText(vault.At("config.json"), "{}");
            return given with { Tcp = "0.0.0.0:0" };
        }));
        Assert.Equal("INVALID_CONFIG", refused.Code);
        Assert.Contains("--tls-cert", refused.Suggestion, StringComparison.Ordinal);
        await vault.StartAsync(options: given => given with { Tcp = "0.0.0.0:0" });
        Assert.Equal(IPAddress.Any, vault.Tcp.Address);
        await using var client = vault.Client();
        Assert.Single(await client.ListAsync());
    }

    [Theory]
    [InlineData("another key", "has no key that belongs to the certificate")]
    [InlineData("open to all", "all users can read")]
    [InlineData("missing", "does not exist")]
    [InlineData("no certificate", "no certificate")]
    public async Task A_pair_that_can_not_be_used_keeps_the_daemon_from_starting(string how, string said)
    {
        await using var vault = await TlsVault.CreateAsync();
        switch (how)
        {
            case "another key":
                vault.WriteCertificate("server", vault.Authority.Issue("localhost"));
                break;
            case "open to all":
                File.SetUnixFileMode(vault.At("server.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
                break;
            case "missing":
                File.Delete(vault.At("server.key"));
                break;
            default:
                await File.WriteAllTextAsync(vault.At("server.pem"), "nothing");
                break;
        }

        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.StartAsync());
        Assert.Equal("INVALID_CONFIG", refused.Code);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    private static void With(SanctumClientOptions options, TlsVault vault, string name) =>
        (options.ClientCertificateFile, options.ClientKeyFile) = (vault.At($"{name}.pem"), vault.At($"{name}.key"));

    private static SanctumClientOptions Changed(SanctumClientOptions options, params Action<SanctumClientOptions>[] changes)
    {
        Array.ForEach(changes, change => change(options));
        return options;
    }

    private static byte[] Framed(string json)
    {
        var frame = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, json.Length);
        Encoding.ASCII.GetBytes(json, frame.AsSpan(4));
        return frame;
    }

    private static async Task<SslStream> OpenAsync(TlsVault vault, IPEndPoint? at = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(at ?? vault.Tcp);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = vault.Authority.TrustPolicy() });
        return tls;
    }

    private static async Task<string> ShownAsync(TlsVault vault)
    {
        await using var tls = await OpenAsync(vault);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    // Nothing is sent to it before it is closed.
    private static async Task<int> EndAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], cancellationToken);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}
