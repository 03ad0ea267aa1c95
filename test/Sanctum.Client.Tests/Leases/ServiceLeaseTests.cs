namespace Sanctum.Client.Tests.Leases;

/// <summary>Leases to use a service, by the methods of CRP.</summary>
public sealed class ServiceLeaseTests : IAsyncLifetime
{
    private const string Handle = """
        {"lease":{"id":"l-1","expiresAt":"2026-03-01T12:05:00Z","ttl":300,"renewable":true,"delegationDepth":0},"proxyBaseUrl":"http://localhost/api/v1/proxy/t/l-1","session_token":"token-canary",
        "proxySocket":"/run/proxy.sock","service":"openai/api_key","grantedScopes":["method:GET"],"credentialDescriptor":{"type":"api_key","brokered":false,"autoRefresh":false,"classification":"restricted"}}
        """;

    private readonly ScriptedPeer _peer = new();
    private SanctumClient _client = null!;
    private PeerConnection _connection = null!;

    public async ValueTask InitializeAsync() => (_client, _connection) = await _peer.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _client.DisposeAsync();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_lease_has_the_base_url_and_the_token_and_says_what_it_is_limited_to()
    {
        var leasing = _client.LeaseServiceAsync("openai", new() { Ttl = TimeSpan.FromSeconds(299.5), Scopes = ["method:GET"], ParentLeaseId = "l-0", MaxDepth = 1, Purpose = "a demo" });
        var request = await RespondAsync("crp/use", Handle);
        Assert.Equal(
            """{"service":"openai","scopes":["method:GET"],"ttl":300,"delegation":{"parentLeaseId":"l-0","maxDepth":1},"context":{"purpose":"a demo"},"session_id":"session-1"}""",
            request.Params.GetRawText());
        var lease = await leasing;
        Assert.Equal(("openai/api_key", "l-1", 300, "token-canary", "/run/proxy.sock"), (lease.Service, lease.LeaseId, lease.Ttl.TotalSeconds, lease.SessionToken, lease.ProxySocket));
        Assert.Equal("http://localhost/api/v1/proxy/t/l-1", lease.BaseUrl.ToString());
        Assert.Equal(("api_key", "restricted"), (lease.CredentialType, lease.Classification));
        Assert.Equal(["method:GET"], lease.Scopes);
        Assert.Empty(lease.BaseUrls);
        Assert.DoesNotContain("canary", lease.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_asked_for_is_not_sent()
    {
        var leasing = _client.LeaseServiceAsync("openai");
        Assert.Equal("""{"service":"openai","session_id":"session-1"}""", (await RespondAsync("crp/use", Handle)).Params.GetRawText());
        await leasing;
    }

    [Fact]
    public async Task A_lease_is_renewed_and_given_back_once()
    {
        var lease = await LeaseAsync();
        var renewing = lease.RenewAsync();
        await RespondAsync("renew_lease", """{"lease_id":"l-1","ttl":60,"expires_at":"2026-03-01T12:30:00Z"}""");
        await renewing;
        Assert.Equal((60, 30), (lease.Ttl.TotalSeconds, lease.ExpiresAt.Minute));
        var disposing = lease.DisposeAsync();
        Assert.Equal("l-1", (await RespondAsync("release_lease", "{}"))["lease_id"]);
        await disposing;
        await lease.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => lease.RenewAsync());
    }

    [Fact]
    public async Task A_lease_that_is_revoked_is_not_released_at_the_end()
    {
        await LeaseAsync();
        var revoking = _client.RevokeLeaseAsync("l-1", "done");
        var request = await RespondAsync("crp/revoke", """{"revoked":true,"leaseId":"l-1","revokedAt":"2026-03-01T12:00:00Z","affectedLeases":["l-1","l-2"]}""");
        Assert.Equal(("l-1", "done"), (request["leaseId"], request["reason"]));
        Assert.Equal(["l-1", "l-2"], await revoking);
        await _client.DisposeAsync();
        Assert.True(await _connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task Services_are_listed_to_the_last_page()
    {
        var listing = _client.ListServicesAsync("openai/");
        var first = await RespondAsync("crp/list", """{"services":[{"service":"openai/a","credentialTypes":["api_key"],"classification":"internal","hosts":["api.openai.com"],"description":"d"}],"cursor":"c1","crp":{}}""");
        Assert.Equal("""{"filter":{"servicePrefix":"openai/"},"session_id":"session-1"}""", first.Params.GetRawText());
        Assert.Equal("c1", (await RespondAsync("crp/list", """{"services":[{"service":"openai/b"}],"cursor":null}"""))["cursor"]);
        var all = await listing;
        Assert.Equal(("openai/a", "d", "internal", "api_key", "api.openai.com"), (all[0].Service, all[0].Description, all[0].Classification, all[0].CredentialTypes[0], all[0].Hosts[0]));
        Assert.Equal(("openai/b", "", null), (all[1].Service, all[1].Description, all[1].Classification));
    }

    [Fact]
    public async Task A_list_that_goes_round_in_circles_is_given_up()
    {
        var listing = _client.ListServicesAsync();
        await RespondAsync("crp/list", """{"cursor":"c1"}""");
        await RespondAsync("crp/list", """{"cursor":"c1"}""");
        Assert.Equal("PROTOCOL_ERROR", (await Assert.ThrowsAsync<VaultException>(() => listing)).Code);
    }

    // CRP's errors have numbers; what the other methods would say is in the data.
    [Theory]
    [InlineData(-33021, "QUARANTINED", typeof(QuarantinedException))]
    [InlineData(-33003, "ACCESS_DENIED", typeof(AccessDeniedException))]
    [InlineData(-33020, "APPROVAL_REQUIRED", typeof(VaultException))]
    public async Task A_refusal_is_what_other_methods_say(int number, string code, Type type)
    {
        var leasing = _client.LeaseServiceAsync("openai");
        var request = await _connection.ReadAsync("crp/use");
        await _connection.SendAsync($$$"""{"id":{{{request.Id}}},"error":{"code":{{{number}}},"message":"refused","data":{"name":"n","context":{"approval_id":"a-1"},"code":"{{{code}}}","suggestion":"s","docsUrl":"https://docs/x"} } }""");
        var refused = await Assert.ThrowsAnyAsync<VaultException>(() => leasing);
        Assert.IsType(type, refused);
        Assert.Equal((code, "refused", "s", "https://docs/x"), (refused.Code, refused.Message, refused.Suggestion, refused.DocsUrl));
        Assert.Equal("a-1", refused.Context["approval_id"].GetString());
    }

    [Fact]
    public async Task A_number_without_data_is_an_error_all_the_same()
    {
        var leasing = _client.LeaseServiceAsync("openai");
        var request = await _connection.ReadAsync("crp/use");
        await _connection.SendAsync($$$"""{"id":{{{request.Id}}},"error":{"code":-32000,"message":"refused"} }""");
        var refused = await Assert.ThrowsAsync<VaultException>(() => leasing);
        Assert.Equal(("INTERNAL_ERROR", "refused"), (refused.Code, refused.Message));
    }

    private async Task<ServiceLease> LeaseAsync()
    {
        var leasing = _client.LeaseServiceAsync("openai");
        await RespondAsync("crp/use", Handle);
        return await leasing;
    }

    private async Task<PeerRequest> RespondAsync(string method, string result)
    {
        var request = await _connection.ReadAsync(method);
        await _connection.ReplyAsync(request, result.ReplaceLineEndings(""));
        return request;
    }
}
