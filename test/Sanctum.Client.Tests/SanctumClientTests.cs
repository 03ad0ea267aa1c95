using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Client.Tests;

public sealed class SanctumClientTests : IAsyncLifetime
{
    private readonly ScriptedPeer _peer = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private SanctumClient _client = null!;
    private PeerConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        var options = _peer.Options;
        options.TimeProvider = _time;
        (_client, _connection) = await _peer.ConnectAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _client.DisposeAsync();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_list_is_followed_to_its_last_page()
    {
        var listing = _client.ListAsync("db/");
        var first = await RespondAsync("list", """
            {"credentials":[{"path":"db/a","type":"password","description":"d","tags":["x","y"],"created_at":"2026-01-02T03:04:05Z","updated_at":1767323045}],"next_cursor":"c1"}
            """);
        Assert.Equal(("session-1", "db/", null), (first["session_id"], first["prefix"], first["cursor"]));
        var second = await RespondAsync("list", """{"credentials":[{"path":"db/b","created_at":"not a time","more":{}}],"next_cursor":null}""");
        Assert.Equal("c1", second["cursor"]);

        var all = await listing;
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.Equal(("db/a", "password", "d", time), (all[0].Path, all[0].Type, all[0].Description, all[0].CreatedAt));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1767323045), all[0].UpdatedAt);
        Assert.Equal(["x", "y"], all[0].Tags);
        Assert.Equal(("db/b", null, "", null), (all[1].Path, all[1].Type, all[1].Description, all[1].CreatedAt));
        Assert.Empty(all[1].Tags);
    }

    [Fact]
    public async Task A_list_that_goes_round_in_circles_is_given_up()
    {
        var listing = _client.ListAsync();
        await RespondAsync("list", """{"credentials":[],"next_cursor":"c1"}""");
        await RespondAsync("list", """{"credentials":[],"next_cursor":"c1"}""");
        Assert.Equal("PROTOCOL_ERROR", (await Assert.ThrowsAsync<VaultException>(() => listing)).Code);
    }

    [Fact]
    public async Task A_secret_is_text_where_text_is_asked_for()
    {
        var retrieving = _client.RetrieveAsync("a/b", TimeSpan.FromSeconds(59.5));
        var request = await RespondAsync("retrieve", """{"value":"70c3a4ff","lease_id":"l-1"}""");
        Assert.Equal(("session-1", "a/b", "60"), (request["session_id"], request["path"], request["ttl"]));
        Assert.Equal("pä\uFFFD", await retrieving);
    }

    [Fact]
    public async Task A_lease_holds_the_bytes_until_it_is_disposed_and_then_gives_it_back()
    {
        var lease = await RetrieveAsync("""{"path":"a/b","value":"00ff10","lease_id":"l-1","ttl":60,"expires_at":"2026-03-01T12:05:00Z","type":"api_key"}""");
        Assert.Equal(("a/b", "l-1", "api_key", 60), (lease.Path, lease.LeaseId, lease.Type, lease.Ttl.TotalSeconds));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 5, 0, TimeSpan.Zero), lease.ExpiresAt);
        var bytes = lease.Bytes;
        Assert.Equal([0x00, 0xFF, 0x10], bytes.ToArray());

        var disposing = lease.DisposeAsync();
        Assert.Equal(new byte[3], bytes.ToArray());
        Assert.Equal("l-1", (await RespondAsync("release_lease", "{}"))["lease_id"]);
        await disposing;
        Assert.Throws<ObjectDisposedException>(() => lease.Bytes);
        Assert.Throws<ObjectDisposedException>(lease.GetString);
        await lease.DisposeAsync();

        // Released leases are not released again at the end.
        await _client.DisposeAsync();
        Assert.True(await _connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task A_lease_whose_end_the_vault_does_not_tell_ends_after_its_ttl()
    {
        var lease = await RetrieveAsync("""{"value":"61","lease_id":"l-1","ttl":60}""");
        Assert.Equal(_time.GetUtcNow().AddSeconds(60), lease.ExpiresAt);
    }

    [Fact]
    public async Task A_lease_can_be_renewed()
    {
        var lease = await RetrieveAsync("""{"value":"61","lease_id":"l-1","ttl":60}""");
        var renewing = lease.RenewAsync(TimeSpan.FromMinutes(2));
        var request = await RespondAsync("renew_lease", """{"lease_id":"l-1","ttl":120,"expires_at":"2026-03-01T12:30:00Z"}""");
        Assert.Equal(("l-1", "120"), (request["lease_id"], request["ttl"]));
        await renewing;
        Assert.Equal((120, 30), (lease.Ttl.TotalSeconds, lease.ExpiresAt.Minute));
    }

    [Fact]
    public async Task Disposing_a_lease_that_has_ended_is_no_error()
    {
        var lease = await RetrieveAsync("""{"value":"61","lease_id":"l-1","ttl":60}""");
        var disposing = lease.DisposeAsync();
        await _connection.RefuseAsync(await _connection.ReadAsync("release_lease"), "LEASE_EXPIRED");
        await disposing;
    }

    [Fact]
    public async Task Releasing_a_lease_that_has_ended_is_one()
    {
        var releasing = _client.ReleaseLeaseAsync("l-1");
        var request = await _connection.ReadAsync("release_lease");
        Assert.Equal(["lease_id"], request.Params.EnumerateObject().Select(member => member.Name));
        await _connection.RefuseAsync(request, "LEASE_EXPIRED");
        await Assert.ThrowsAsync<LeaseExpiredException>(() => releasing);
    }

    [Fact]
    public async Task Disposing_the_client_releases_all_its_leases_and_then_closes()
    {
        foreach (var id in (string[])["l-1", "l-2", "l-3"])
        {
            await RetrieveAsync($$"""{"value":"61","lease_id":"{{id}}","ttl":60}""");
        }

        var releasing = _client.ReleaseLeaseAsync("l-2");
        await RespondAsync("release_lease", "{}");
        await releasing;

        var disposing = _client.DisposeAsync();
        var first = await RespondAsync("release_lease", "{}");
        var second = await RespondAsync("release_lease", "{}");
        Assert.Equal(["l-1", "l-3"], new[] { first["lease_id"], second["lease_id"] }.Order());
        await disposing;
        Assert.True(await _connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task Disposing_the_client_waits_no_longer_than_it_should()
    {
        await RetrieveAsync("""{"value":"61","lease_id":"l-1","ttl":60}""");
        var disposing = _client.DisposeAsync();
        await _connection.ReadAsync("release_lease");
        _time.Advance(TimeSpan.FromSeconds(5));
        await disposing;
        Assert.True(await _connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task The_agents_leases_are_listed()
    {
        var listing = _client.ListLeasesAsync();
        await RespondAsync("lease_status", """{"leases":[{"lease_id":"l-1","path":"a","ttl":60,"created_at":"2026-03-01T12:00:00Z","expires_at":"2026-03-01T12:01:00Z","renewals":2},{"lease_id":"l-2"}]}""");
        var leases = await listing;
        Assert.Equal(("l-1", "a", TimeSpan.FromMinutes(1), 2), (leases[0].LeaseId, leases[0].Path, leases[0].Ttl, leases[0].Renewals));
        Assert.Equal(new LeaseInfo("l-2", null, null, null, null, null), leases[1]);
    }

    [Fact]
    public async Task A_use_carries_its_parameters_and_gives_its_result()
    {
        var first = _client.UseAsync("a/b", "op", new() { ["data"] = "pä", ["n"] = 5, ["deep"] = new System.Text.Json.Nodes.JsonObject { ["x"] = true } });
        var request = await RespondAsync("use", """{"anything":[1,2]}""");
        Assert.Equal(("session-1", "a/b", "op"), (request["session_id"], request["path"], request["operation"]));
        Assert.Equal("""{"data":"pä","n":5,"deep":{"x":true}}""", request["params"]);
        Assert.Equal(2, (await first).GetProperty("anything").GetArrayLength());

        var second = _client.UseAsync("a/b", "op");
        Assert.Null((await RespondAsync("use", "{}"))["params"]);
        await second;
    }

    [Fact]
    public async Task The_typed_operations_send_what_the_protocol_says()
    {
        var sign = _client.SignAsync("k", "d", "hmac-sha512");
        Assert.Equal("""{"data":"d","algorithm":"hmac-sha512"}""", (await RespondAsync("use", """{"signature":"c2ln"}"""))["params"]);
        Assert.Equal(new CredentialSignature("c2ln", "hmac-sha512"), await sign);

        var verify = _client.VerifyAsync("k", "d", "c2ln");
        Assert.Equal("""{"data":"d","signature":"c2ln"}""", (await RespondAsync("use", """{"valid":true}"""))["params"]);
        Assert.True(await verify);

        var encrypt = _client.EncryptAsync("k", "text", "aad");
        Assert.Equal("""{"data":"text","aad":"aad"}""", (await RespondAsync("use", """{"ciphertext":"v1.x"}"""))["params"]);
        Assert.Equal("v1.x", await encrypt);

        var decrypt = _client.DecryptAsync("k", "v1.x", "aad");
        Assert.Equal("""{"data":"v1.x","aad":"aad"}""", (await RespondAsync("use", """{"plaintext":"text"}"""))["params"]);
        Assert.Equal("text", await decrypt);
    }

    [Theory]
    [InlineData("""{"header":"X-Key: hunter2","header_name":"X-Key","header_value":"hunter2"}""")]
    [InlineData("""{"header":"X-Key: hunter2"}""")]
    [InlineData("""{"header_name":"X-Key","header_value":"hunter2"}""")]
    public async Task A_header_is_understood_in_each_form_and_does_not_print_its_value(string result)
    {
        var call = _client.GetHttpHeaderAsync("k", "custom", "X-Key");
        Assert.Equal("""{"header_type":"custom","header_name":"X-Key"}""", (await RespondAsync("use", result))["params"]);
        var header = await call;
        Assert.Equal(("X-Key", "hunter2"), (header.Name, header.Value));
        Assert.DoesNotContain("hunter2", header.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_character_is_refused_before_anything_is_sent()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _client.RetrieveAsync("\ud800"));
        await Assert.ThrowsAsync<ArgumentException>(() => _client.SignAsync("k", "x\udc00"));
        var call = _client.VerifyAsync("k", "d", "s");
        await RespondAsync("use", """{"valid":true}""");
        Assert.True(await call);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../etc/passwd")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("agent\n")]
    [InlineData("ägent")]
    [InlineData("a1234567890123456789012345678901234567890123456789012345678901234")]
    public void A_name_that_is_none_is_refused(string name) => Assert.Throws<ArgumentException>(() => new SanctumClient(name));

    [Theory]
    [InlineData("localhost", null)]
    [InlineData(null, 8200)]
    [InlineData("localhost", 0)]
    [InlineData("localhost", 65536)]
    public void Half_a_host_and_port_are_refused(string? host, int? port) =>
        Assert.ThrowsAny<ArgumentException>(() => new SanctumClient("a", new SanctumClientOptions { Host = host, Port = port }));

    [Theory]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]:1")]
    [InlineData("localhost:1")]
    public async Task A_target_with_a_port_is_tcp(string target)
    {
        await using var client = new SanctumClient("research-agent", _peer.Options);
        var unreachable = await Assert.ThrowsAsync<VaultConnectionException>(() => client.ConnectAsync(target));
        Assert.Contains(":1 can't be reached", unreachable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_and_port_reach_a_daemon_on_tcp()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = _peer.Options;
        (options.Host, options.Port) = ("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        var connecting = SanctumClient.ConnectAsync("research-agent", options);
        using var connection = new PeerConnection(await listener.AcceptSocketAsync().WaitAsync(ScriptedPeer.Deadline));
        await connection.SignInAsync("s");
        await (await connecting).DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_time_to_live_is_positive(int seconds)
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.RetrieveAsync("k", TimeSpan.FromSeconds(seconds)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.RenewLeaseAsync("l", TimeSpan.FromSeconds(seconds)));
    }

    private async Task<CredentialLease> RetrieveAsync(string result)
    {
        var retrieving = _client.RetrieveLeaseAsync("a/b");
        await RespondAsync("retrieve", result);
        return await retrieving;
    }

    private async Task<PeerRequest> RespondAsync(string method, string result)
    {
        var request = await _connection.ReadAsync(method);
        await _connection.ReplyAsync(request, result);
        return request;
    }
}
