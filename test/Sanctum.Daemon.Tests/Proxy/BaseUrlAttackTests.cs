namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>What somebody who has a lease's URL, or a token, or a credential's neighbour, still can't do.</summary>
public sealed class BaseUrlAttackTests
{
    [Fact]
    public async Task A_lease_URL_alone_gets_401_and_nothing_is_sent()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var wire = await leases.SendAsync($"{handle.Path}/ok/it", "");
        var (status, head, _) = await wire.ReadResponseAsync();
        Assert.Equal((401, "Bearer realm=\"sanctum\""), (status, ProxyWire.HeaderOf(head, "WWW-Authenticate")));

        // The connection is still good for whoever knows better.
        await wire.SendAsync($"GET {handle.Path}/ok/it HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {handle.Token}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        Assert.Single(leases.Upstream.Requests);
    }

    [Theory]
    [InlineData("Authorization: Bearer sk-made-up")]
    [InlineData("Authorization: Bearer sanctum_session_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("X-Api-Key: sanctum_session_")]
    [InlineData("Proxy-Authorization: Bearer made-up")]
    public async Task A_made_up_token_gets_401(string header)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle, headers: header + "\r\n"));
        Assert.Empty(leases.Upstream.Requests);
    }

    [Fact]
    public async Task Wrong_tokens_are_slowed_down_and_questions_without_one_are_not_counted()
    {
        await using var leases = await LeaseFixture.StartAsync(""", "failed_sign_ins_per_minute": 2""");
        var handle = await leases.UseAsync();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle, headers: ""));
        }

        Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle, headers: "Authorization: Bearer x\r\n"));
        Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle, headers: "Authorization: Bearer x\r\n"));
        Assert.Equal((429, "RATE_LIMITED"), await leases.RefusedAsync(handle, headers: "Authorization: Bearer x\r\n"));
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle));
    }

    [Fact]
    public async Task Another_agents_lease_is_no_lease_and_its_record_names_who_tried()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        await using var stranger = await leases.StrangerAsync();
        var theirs = await leases.UseAsync(by: stranger);
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(handle with { Token = theirs.Token }));
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(handle with { Url = $"http://localhost/api/v1/proxy/t/{new string('0', 32)}" }));
        Assert.Empty(leases.Upstream.Requests);
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        Assert.Contains(await by.ReadAuditAsync(new() { Agent = "stranger", Denied = true }).ToListAsync(), entry => entry.LeaseId == handle.Lease && entry.Reason == "LEASE_EXPIRED");
    }

    [Theory]
    [InlineData("X-Other: {0}", "/ok/it", "")]
    [InlineData("Cookie: key={0}", "/ok/it", "")]
    [InlineData("Authorization: Bearer {0}\r\nX-Other: a {0} b", "/ok/it", "")]
    [InlineData("Authorization: Bearer {0}", "/ok/it?key={0}", "")]
    [InlineData("Authorization: Bearer {0}", "/ok/{0}", "")]
    [InlineData("Authorization: Bearer {0}\r\nContent-Length: 100", "/echo/body", "{0}")]
    public async Task A_token_in_the_wrong_place_never_leaves(string headers, string path, string body)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        body = string.Format(null, body, handle.Token).PadRight(body.Length > 0 ? 100 : 0);
        var (_, code) = await leases.RefusedAsync(
            handle, string.Format(null, path, handle.Token), string.Format(null, headers, handle.Token) + "\r\n", body.Length > 0 ? "POST" : "GET", body);
        Assert.Contains(code, (string[])["EGRESS_DENIED", "AUTH_FAILED"]);
        Assert.Empty(leases.Upstream.Requests);
    }

    [Fact]
    public async Task A_key_of_the_clients_own_is_not_overwritten()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        Assert.Equal(
            (403, "EGRESS_DENIED"),
            await leases.RefusedAsync(handle, headers: $"Proxy-Authorization: Bearer {handle.Token}\r\nAuthorization: Bearer sk-own\r\n"));
        Assert.Empty(leases.Upstream.Requests);
    }

    [Theory]
    [InlineData("/../ok")]
    [InlineData("/ok/..")]
    [InlineData("/%2e%2e/ok")]
    [InlineData("/ok/%2E./it")]
    [InlineData("/ok/..%2fit")]
    [InlineData("/ok/..;x/it")]
    [InlineData("/ok/%252e%252e/it")]
    [InlineData("/.")]
    [InlineData("/ok\\..\\it")]
    public async Task A_path_with_dot_segments_is_refused(string path)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        Assert.Equal((400, "INVALID_PARAMS"), await leases.RefusedAsync(handle, path));
        Assert.Empty(leases.Upstream.Requests);
    }

    [Theory]
    [InlineData("//elsewhere.example/ok", "//elsewhere.example/ok")]
    [InlineData("/https://elsewhere.example/ok", "/https://elsewhere.example/ok")]
    [InlineData("/@elsewhere.example/ok", "/@elsewhere.example/ok")]
    public async Task A_path_that_looks_like_another_host_is_a_path_of_the_credentials_host(string path, string target)
    {
        await using var leases = await LeaseFixture.StartAsync();
        Assert.StartsWith("HTTP/1.1 404", await leases.StatusAsync(await leases.UseAsync(), path), StringComparison.Ordinal);
        var request = await leases.Upstream.Requests.NextAsync();
        Assert.Equal((target, leases.Proxy.Target), (request.Target, request["Host"]));
    }

    [Theory]
    [InlineData("elsewhere.example", "")]
    [InlineData("localhost:1", "")]
    [InlineData("localhost.elsewhere.example", "")]
    [InlineData("localhost", "Origin: http://localhost\r\n")]
    public async Task A_page_in_a_browser_gets_nowhere(string host, string headers)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var wire = await leases.SendAsync($"{handle.Path}/ok/it", $"Authorization: Bearer {handle.Token}\r\n{headers}", host: host);
        Assert.Equal((421, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
        Assert.Empty(leases.Upstream.Requests);
    }

    [Fact]
    public async Task Over_TCP_the_Host_is_the_listeners_own()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        foreach (var host in (string[])[leases.Proxy.Tcp.ToString(), $"localhost:{leases.Proxy.Tcp.Port}"])
        {
            using var wire = await leases.Proxy.ConnectAsync(overTcp: true);
            await wire.SendAsync($"GET {handle.Path}/ok/it HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {handle.Token}\r\n\r\n");
            Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        }

        using var other = await leases.Proxy.ConnectAsync(overTcp: true);
        await other.SendAsync($"GET {handle.Path}/ok/it HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {handle.Token}\r\n\r\n");
        Assert.Equal((421, "EGRESS_DENIED"), await other.ReadRefusalAsync());
    }

    [Fact]
    public async Task A_base_URL_as_an_absolute_URL_is_a_request_to_the_proxy_like_any_other()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var stranger = await leases.SendAsync($"{handle.Url}/ok/it", $"Authorization: Bearer {handle.Token}\r\n");
        Assert.Equal((407, "AUTH_FAILED"), await stranger.ReadRefusalAsync());
        using var run = await leases.SendAsync($"{handle.Url}/ok/it", $"Proxy-Authorization: {leases.Proxy.Authorization}\r\n");
        Assert.Equal((403, "EGRESS_DENIED"), await run.ReadRefusalAsync());
    }

    [Theory]
    [InlineData("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nProxy-Authorization: Bearer {1}\r\n\r\n")]
    [InlineData("GET https://{0}/ok/it HTTP/1.1\r\nHost: {0}\r\nProxy-Authorization: Bearer {1}\r\n\r\n")]
    public async Task A_session_token_opens_base_URLs_and_nothing_else(string request)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var wire = await leases.Proxy.ConnectAsync();
        await wire.SendAsync(string.Format(null, request, leases.Proxy.Target, handle.Token));
        Assert.Equal((407, "AUTH_FAILED"), await wire.ReadRefusalAsync());
    }

    [Theory]
    [InlineData("/api/v1/proxy/t/")]
    [InlineData("/api/v1/proxy/t/{1}")]
    [InlineData("/api/v1/proxy/t/{0}x/ok")]
    [InlineData("/api/v1/proxy/t/{0}%2Fok")]
    [InlineData("/api/v1/proxy//t/{0}/ok")]
    [InlineData("/API/v1/proxy/t/{0}/ok")]
    public async Task A_lease_is_spelled_in_one_way(string target)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var wire = await leases.SendAsync(string.Format(null, target, handle.Lease, handle.Lease.ToUpperInvariant() + "A"), $"Authorization: Bearer {handle.Token}\r\n");
        Assert.Equal((407, "AUTH_FAILED"), await wire.ReadRefusalAsync());
        Assert.Empty(leases.Upstream.Requests);
    }

    [Fact]
    public async Task The_token_ends_with_its_connection_and_the_lease_goes_on_with_another()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        await leases.Agent.CallAsync("logout");
        Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle));
        var again = await leases.Proxy.Vault.SignInAsync();
        var other = await leases.UseAsync(by: again);
        Assert.NotEqual(handle.Token, other.Token);
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle with { Token = other.Token }));
    }
}
