using System.Text;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>A client that only has another base URL reaches its service, with the session token where it sends its key.</summary>
public sealed class BaseUrlTests
{
    [Fact]
    public async Task A_request_goes_to_the_credentials_host_as_it_came_with_the_secret_in_place_of_the_token()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        Assert.Equal($"http://{leases.Proxy.Tcp}/api/v1/proxy/t/{handle.Lease}", handle.Url);
        using var wire = await leases.SendAsync($"{handle.Path}/echo/headers/a%2Fb//c?x=%2F&y=%20", $"Authorization: Bearer {handle.Token}\r\nX-Kept: 1\r\n");
        Assert.Equal("HTTP/1.1 404 Not Found", (await wire.ReadHeadAsync())[0]);
        var request = await leases.Upstream.Requests.NextAsync();
        Assert.Equal("/echo/headers/a%2Fb//c?x=%2F&y=%20", request.Target);
        Assert.Equal((leases.Proxy.Target, $"Bearer {LeaseFixture.Secret}", "1"), (request["Host"], request["Authorization"], request["X-Kept"]));
        Assert.DoesNotContain(request.Headers, header => header.Value.Contains(handle.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_comes_back_is_searched_and_the_record_names_lease_and_way()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var wire = await leases.SendAsync($"{handle.Path}/echo/headers", $"Authorization: Bearer {handle.Token}\r\nConnection: close\r\n");
        var text = await ReadToEndAsync(wire);
        Assert.Contains("[REDACTED]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", text, StringComparison.Ordinal);
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var entries = await by.ReadAuditAsync(new() { Agent = "worker" }).ToListAsync();
        Assert.Single(entries, entry => entry.Action == "lease.grant" && entry.LeaseId == handle.Lease && entry.Resource == LeaseFixture.Single);
        var use = Assert.Single(entries, entry => entry.Action == "use");
        Assert.Equal((handle.Lease, "base_url", "/echo/headers"), (use.LeaseId, use.Details!["way"], use.Details["path"]));
        Assert.DoesNotContain(entries, entry => entry.Details?.Values.Any(value => value.Contains(handle.Token, StringComparison.Ordinal)) == true);
    }

    [Theory]
    [InlineData("Authorization: Bearer {0}", LeaseFixture.Single)]
    [InlineData("Authorization: token {0}", LeaseFixture.Single)]
    [InlineData("Authorization: Basic {1}", LeaseFixture.ByBasic)]
    [InlineData("X-Api-Key: {0}", LeaseFixture.Single)]
    [InlineData("x-goog-api-key: {0}", LeaseFixture.ByQuery)]
    [InlineData("Proxy-Authorization: Bearer {0}", LeaseFixture.Single)]
    [InlineData("Proxy-Authorization: Basic {2}", LeaseFixture.ByQuery)]
    public async Task The_token_is_taken_from_where_clients_put_keys_and_goes_no_further(string header, string service)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(service);
        var text = string.Format(null, header, handle.Token, Base64($"user:{handle.Token}"), Base64($"run:{leases.Proxy.Token}"));
        using var wire = await leases.SendAsync($"{handle.Path}/ok/it", text + "\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var request = await leases.Upstream.Requests.NextAsync();
        var all = request.Target + string.Concat(request.Headers.Select(it => it.Value + "\n"));
        Assert.DoesNotContain("sanctum_session_", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64($"user:{handle.Token}"), all, StringComparison.Ordinal);
        Assert.Contains(service == LeaseFixture.ByBasic ? Base64($"user:{LeaseFixture.Secret}") : LeaseFixture.Secret, all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_that_goes_into_the_query_takes_the_token_from_there()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(LeaseFixture.ByQuery);
        using var wire = await leases.SendAsync($"{handle.Path}/ok/it?a=1&key={handle.Token}", "");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        Assert.Equal($"/ok/it?a=1&key={LeaseFixture.Secret}", (await leases.Upstream.Requests.NextAsync()).Target);
    }

    [Fact]
    public async Task A_lease_on_several_hosts_has_the_host_as_its_first_segment()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(ProxyFixture.Credential);
        var local = $"localhost:{leases.Upstream.Port}";
        Assert.EndsWith("/bound.example", handle.Url, StringComparison.Ordinal);
        Assert.Equal(3, handle.Result.GetProperty("proxyBaseUrls").EnumerateObject().Count());
        var url = handle.Result.GetProperty("proxyBaseUrls").GetProperty(local).GetString()!;
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle with { Url = url }, "/ok/a?b"));
        var request = await leases.Upstream.Requests.NextAsync();
        Assert.Equal(("/ok/a?b", local), (request.Target, request["Host"]));
        var plain = $"http://localhost/api/v1/proxy/t/{handle.Lease}";
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(handle with { Url = plain }));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(handle with { Url = plain }, "/elsewhere.example/ok"));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(handle with { Url = plain }, $"/https://{local}/ok"));
    }

    [Fact]
    public async Task A_stream_passes_as_it_comes()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        using var wire = await leases.SendAsync($"{handle.Path}/drip/200/pieces", $"Authorization: Bearer {handle.Token}\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        leases.Upstream.Gate("pieces").Open(150);
        Assert.NotEmpty(await wire.ReadAsync(1));
    }

    [Fact]
    public async Task A_body_is_streamed_up_and_comes_back()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync();
        var body = Encoding.ASCII.GetString(Filler.Text(300_000));
        using var wire = await leases.SendAsync($"{handle.Path}/echo/body", $"Authorization: Bearer {handle.Token}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n", "POST", body: body);
        Assert.Contains(body[^1000..], await ReadToEndAsync(wire), StringComparison.Ordinal);
        Assert.Equal(body, (await leases.Upstream.Requests.NextAsync()).Text);
    }

    [Fact]
    public async Task Where_the_operator_said_so_the_URL_alone_is_enough_while_its_holder_is_connected()
    {
        await using var leases = await LeaseFixture.StartAsync(""", "proxy": { "lease_url_is_enough": true }""");
        var handle = await leases.UseAsync();
        foreach (var headers in (string[])["", "Authorization: Bearer sk-the-clients-own\r\nX-Api-Key: another\r\n"])
        {
            using var wire = await leases.SendAsync($"{handle.Path}/ok/it", headers);
            Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
            var request = await leases.Upstream.Requests.NextAsync();
            Assert.Equal(($"Bearer {LeaseFixture.Secret}", null), (request["Authorization"], request["X-Api-Key"]));
        }

        Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle, headers: "Authorization: Bearer sanctum_session_made-up\r\n"));
        await leases.Agent.CallAsync("logout");
        Assert.Equal((401, "AUTH_FAILED"), await leases.RefusedAsync(handle, headers: ""));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static async Task<string> ReadToEndAsync(ProxyWire wire)
    {
        var text = new StringBuilder();
        while (await wire.ReadAsync(64 * 1024) is { Length: > 0 } more)
        {
            text.Append(more);
        }

        return text.ToString();
    }
}
