using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>An agent, or any program of the same user, at the operators' door.</summary>
public sealed class AdminSocketTests
{
    private static readonly string[] _calls =
    [
        "seal", "stop", "passphrase", "seal-providers/list", "seal-providers/add", "seal-providers/remove", "seal-providers/test", "credentials/store", "credentials/get", "credentials/list", "credentials/remove", "agents/register", "agents/list",
        "agents/remove", "policies/add", "policies/list", "policies/remove", "policies/simulate", "leases/list", "leases/revoke", "audit/read",
        "audit/verify", "backup", "approvals/list", "approvals/decide",
    ];

    [Fact]
    public async Task Without_the_passphrase_the_admin_socket_gives_nothing()
    {
        await using var home = await SanctumHome.ServingAsync();
        using var admin = new AdminWire(home);
        foreach (var token in new[] { null, new string('0', 64), "x" })
        {
            admin.Token = token;
            foreach (var call in _calls)
            {
                Assert.Equal("AUTH_FAILED", await admin.RefusedAsync(call));
            }
        }

        Assert.False((bool)(await admin.DoAsync("status"))["sealed"]!);
        foreach (var call in new[] { "unseal", "login" })
        {
            Assert.Equal("INVALID_REQUEST", await admin.RefusedAsync(call, []));
            Assert.Equal("AUTH_FAILED", await admin.RefusedAsync(call, AdminWire.Proof("not the passphrase")));
        }
    }

    [Fact]
    public async Task A_token_dies_with_the_seal_and_does_not_rise_again()
    {
        await using var home = await SanctumHome.ServingAsync();
        using var admin = new AdminWire(home);
        await admin.LoginAsync();
        await admin.DoAsync("credentials/list");
        using var another = new AdminWire(home);
        await another.LoginAsync();
        await another.DoAsync("seal");
        Assert.Equal("VAULT_LOCKED", await admin.RefusedAsync("credentials/list"));
        Assert.Equal("VAULT_LOCKED", await admin.RefusedAsync("login", AdminWire.Proof(SanctumHome.Passphrase)));
        await admin.DoAsync("unseal", AdminWire.Proof(SanctumHome.Passphrase));
        Assert.Equal("AUTH_FAILED", await admin.RefusedAsync("credentials/list"));
        Assert.Equal("AUTH_FAILED", await another.RefusedAsync("credentials/list"));
    }

    [Fact]
    public async Task Guessing_the_passphrase_becomes_slow_and_is_not_sped_up_by_asking_at_once_or_hanging_up()
    {
        await using var home = await SanctumHome.ServingAsync();
        using var admin = new AdminWire(home);
        var clock = Stopwatch.StartNew();
        for (var guess = 0; guess < 4; guess++)
        {
            Assert.Equal("AUTH_FAILED", await admin.RefusedAsync("login", AdminWire.Proof($"guess {guess}")));
        }

        // 0.25, 0.5 and 1 seconds, before the second to the fourth.
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(1.75), $"four guesses took {clock.Elapsed}");

        var codes = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => admin.RefusedAsync("login", AdminWire.Proof($"at once {n}"))));
        Assert.Contains("RATE_LIMITED", codes);
    }

    [Fact]
    public async Task A_request_that_a_page_in_a_browser_can_send_is_refused()
    {
        await using var home = await SanctumHome.ServingAsync("--http", "127.0.0.1:0");
        var http = await home.ListenerAsync("http");
        using var inside = new AdminWire(home);
        await inside.LoginAsync();
        using var outside = new AdminWire(http);

        // On TCP nothing at all without a token: neither how it is, nor a passphrase to be tried.
        Assert.Equal("AUTH_FAILED", await outside.RefusedAsync("status"));
        Assert.Equal("AUTH_FAILED", await outside.RefusedAsync("login", AdminWire.Proof(SanctumHome.Passphrase)));
        Assert.Equal("AUTH_FAILED", await outside.RefusedAsync("unseal", AdminWire.Proof(SanctumHome.Passphrase)));

        outside.Token = inside.Token;
        await outside.DoAsync("credentials/list");
        await RespondsAsync(outside, HttpStatusCode.OK, it => it.Headers.Host = $"localhost:{http.Port}");
        await RespondsAsync(outside, HttpStatusCode.OK, it => it.Headers.Add("Origin", $"http://{http}"));

        // A name that its owner has pointed at loopback; another port; none.
        foreach (var host in new[] { "rebound.example", $"rebound.example:{http.Port}", "127.0.0.1", "localhost", $"127.0.0.1:{http.Port + 1}", $"LOCALHOST:{http.Port}" })
        {
            await RespondsAsync(outside, HttpStatusCode.Forbidden, it => it.Headers.Host = host);
        }

        foreach (var origin in new[] { "null", "https://page.example", $"https://{http}", $"http://{http}.page.example", $"http://localhost:{http.Port}" })
        {
            await RespondsAsync(outside, HttpStatusCode.Forbidden, it => it.Headers.Add("Origin", origin));
        }

        await RespondsAsync(inside, HttpStatusCode.Forbidden, it => it.Headers.Add("Origin", "http://localhost"));
        await RespondsAsync(inside, HttpStatusCode.Forbidden, it => it.Headers.Host = "rebound.example");

        // What a form can send, and what a browser asks beforehand.
        await RespondsAsync(outside, HttpStatusCode.BadRequest, it => it.Content = new StringContent("{}", Encoding.UTF8, "text/plain"));
        await RespondsAsync(outside, HttpStatusCode.NotFound, it => it.Method = HttpMethod.Options);
    }

    [Fact]
    public async Task The_agents_socket_knows_no_operator()
    {
        await using var home = await SanctumHome.ServingAsync();
        await home.RegisterAsync("agent");
        await home.GrantAsync("everything", "agent", "*", "retrieve,list,store,delete,rotate,use");
        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("agent", home.KeyOf("agent"));
        foreach (var method in (string[])[.. _calls, "/v1/credentials/store", "store", "unseal", "login", "status", "delete", "rotate", "policy.add"])
        {
            Assert.Equal("METHOD_NOT_FOUND", (string?)WireClient.Error(await wire.CallAsync(method, new JsonObject { ["path"] = "a/b", ["value"] = "v" }))["code"]);
        }

        // HTTP there is a frame of a length that nobody reads.
        using var http = await WireClient.ConnectAsync(home.Socket);
        await http.SendRawAsync("GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        Assert.Null(await http.ReceiveAsync());

        // And frames are no HTTP.
        using var frames = await WireClient.ConnectAsync(Path.Join(home.Vault, "admin.sock"));
        try
        {
            await frames.SendAsync("""{"id":1,"method":"authenticate","params":{"agent_name":"agent"}}""");
        }
        catch (IOException)
        {
            // The length alone was enough for it to hang up.
        }

        using var reader = new AdminWire(home);
        Assert.Equal("AUTH_FAILED", await reader.RefusedAsync("credentials/list"));
    }

    private static async Task RespondsAsync(AdminWire wire, HttpStatusCode status, Action<HttpRequestMessage> change)
    {
        using var response = await wire.SendAsync("credentials/list", [], change);
        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain(response.Headers, it => it.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }
}
