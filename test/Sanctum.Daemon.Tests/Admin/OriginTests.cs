using System.Net;
using System.Net.Sockets;

namespace Sanctum.Daemon.Tests.Admin;

public sealed class OriginTests
{
    [Fact]
    public async Task Only_the_exact_host_and_origin_are_served_and_never_without_a_token()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { Http = "127.0.0.1:0" });
        var port = IPEndPoint.Parse(daemon.Status.Http!).Port;
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;
        using var http = new RawHttp(new IPEndPoint(IPAddress.Loopback, port));
        var host = $"127.0.0.1:{port}";

        Assert.Equal(200, (await http.PostAsync("/v1/agents/list", "{}", token, host)).Status);
        Assert.Equal(200, (await http.PostAsync("/v1/agents/list", "{}", token, $"localhost:{port}", $"http://localhost:{port}")).Status);

        foreach (var other in new[] { "localhost", "127.0.0.1", "evil.example", $"evil.example:{port}", $"{port}.evil.example", $"LOCALHOST:{port}" })
        {
            Assert.Equal(403, (await http.PostAsync("/v1/agents/list", "{}", token, other)).Status);
        }

        // Kestrel itself refuses what is no host at all, a missing one and a second one.
        Assert.Equal(400, (await http.PostAsync("/v1/agents/list", "{}", token, $"{host}.evil.example")).Status);
        Assert.Equal(400, (await http.SendAsync("POST", "/v1/agents/list", "{}", token, null, null, "application/json")).Status);
        Assert.Equal(400, (await http.PostAsync("/v1/agents/list", "{}", token, $"{host}\r\nHost: evil.example")).Status);

        foreach (var other in new[] { "null", "http://evil.example", $"https://{host}", $"http://{host}/", $"http://localhost:{port}", $"http://{host}.evil.example" })
        {
            Assert.Equal(403, (await http.PostAsync("/v1/agents/list", "{}", token, host, other)).Status);
        }

        // Not even how it is, and no passphrase is tried here.
        Assert.Equal(401, (await http.GetAsync("/v1/status", host: host)).Status);
        Assert.Equal(401, (await http.PostAsync("/v1/unseal", """{"passphrase":"AA=="}""", host: host)).Status);
        Assert.Equal(401, (await http.PostAsync("/v1/login", """{"passphrase":"AA=="}""", host: host)).Status);
        Assert.Equal(401, (await http.PostAsync("/v1/agents/list", "{}", host: host)).Status);
    }

    [Fact]
    public async Task A_port_that_the_system_chooses_is_printed_and_works()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { Tcp = "127.0.0.1:0", Http = "127.0.0.1:0" });
        using var admin = vault.Admin();
        var status = await admin.StatusAsync();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;

        var (tcp, operators) = (IPEndPoint.Parse(status.Tcp!), IPEndPoint.Parse(status.Http!));
        Assert.True(tcp.Port > 0 && operators.Port > 0 && tcp.Port != operators.Port, $"{tcp} {operators}");
        using var agents = new TcpClient();
        await agents.ConnectAsync(tcp);
        using var http = new RawHttp(operators);
        Assert.Equal(200, (await http.PostAsync("/v1/agents/list", "{}", token, status.Http!)).Status);
        Assert.Equal(403, (await http.PostAsync("/v1/agents/list", "{}", token, "127.0.0.1:0")).Status);
    }

    [Fact]
    public async Task No_page_of_a_browser_is_let_in_by_a_header()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { Http = "127.0.0.1:0" });
        var port = IPEndPoint.Parse(daemon.Status.Http!).Port;
        using var http = new RawHttp(new IPEndPoint(IPAddress.Loopback, port));

        var (_, reply) = await http.SendAsync("OPTIONS", "/v1/agents/list", "", null, $"127.0.0.1:{port}", $"http://127.0.0.1:{port}", null);

        Assert.DoesNotContain("Access-Control", reply, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Server:", reply, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_admin_socket_knows_one_host_and_no_origin()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var http = new RawHttp(vault.AdminSocket);

        Assert.Equal(200, (await http.GetAsync("/v1/status")).Status);
        Assert.Equal(403, (await http.GetAsync("/v1/status", host: "evil.example")).Status);
        Assert.Equal(403, (await http.GetAsync("/v1/status", origin: "http://localhost")).Status);
    }

    [Fact]
    public async Task The_agents_sockets_speak_no_http()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.ConnectAsync();

        // "GET " is a length of a gigabyte.
        await wire.SendAsync("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());

        Assert.True(await wire.IsClosedAsync());
    }
}
