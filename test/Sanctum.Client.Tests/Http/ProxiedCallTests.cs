using Sanctum.Protocol;

namespace Sanctum.Client.Tests.Http;

/// <summary><see cref="SanctumClient.SendAsync(string, HttpRequestMessage, CancellationToken)"/> with a daemon that has a proxy: it streams, and fails as calls fail.</summary>
public sealed class ProxiedCallTests : IAsyncLifetime
{
    private const string Established = "HTTP/1.1 200 Connection Established\r\n\r\n";

    private readonly ScriptedPeer _peer = new();
    private ScriptedProxy _proxy = null!;
    private SanctumClient _client = null!;
    private PeerConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _proxy = new ScriptedProxy(Path.Join(Path.GetDirectoryName(_peer.SocketPath), "proxy.sock"));
        var connecting = SanctumClient.ConnectAsync("research-agent", _peer.Options);
        _connection = await _peer.AcceptAsync();
        await _connection.SignInAsync("session-1", """{"authenticated":true,"features":["proxy"]}""");
        _client = await connecting.WaitAsync(ScriptedPeer.Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _client.DisposeAsync();
        _proxy.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_request_goes_as_it_is_and_its_response_is_there_before_its_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://api.example/v1/{secret}?a=%20");
        request.Headers.Add("Authorization", "Bearer mine");
        var sending = _client.SendAsync("k", request, new HttpUseOptions { HeaderType = "custom", HeaderName = "X-Mine" });
        var opened = await _connection.ReadAsync("proxy_open");
        Assert.Equal(("k", "custom", "X-Mine"), (opened["credential"], opened["header_type"], opened["header_name"]));
        await using var tunnel = await OpenAsync(opened);
        Assert.Equal("GET /v1/%7Bsecret%7D?a=%20 HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer mine\r\nContent-Length: 0", await ScriptedProxy.ReadHeadAsync(tunnel));

        await ScriptedProxy.SayAsync(tunnel, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
        using var response = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Same(request, response.RequestMessage);
        Assert.Equal("first", await response.Content.ReadAsStringAsync());

        // The next uses the same run and connection.
        var second = _client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"), new HttpUseOptions { HeaderType = "custom", HeaderName = "X-Mine" });
        Assert.StartsWith("GET / ", await ScriptedProxy.ReadHeadAsync(tunnel), StringComparison.Ordinal);
        await ScriptedProxy.SayAsync(tunnel, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
        using var broken = await second.WaitAsync(ScriptedPeer.Deadline);
        var body = await broken.Content.ReadAsStreamAsync();
        Assert.Equal(4, await body.ReadAtLeastAsync(new byte[4], 4).AsTask().WaitAsync(ScriptedPeer.Deadline));
        await tunnel.DisposeAsync();
        await Assert.ThrowsAsync<HttpIOException>(() => body.ReadAsync(new byte[4]).AsTask().WaitAsync(ScriptedPeer.Deadline));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_is_the_vaults_error_with_its_particulars_before_the_tunnel_and_within(bool within)
    {
        var sending = _client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"));
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        await using var tunnel = await _proxy.AcceptAsync();
        await ScriptedProxy.ReadHeadAsync(tunnel);
        if (within)
        {
            await ScriptedProxy.SayAsync(tunnel, Established);
            await ScriptedProxy.ReadHeadAsync(tunnel);
        }

        await ScriptedProxy.SayAsync(tunnel, Refusal(403, ErrorCode.ApprovalRequired, ""","approval_id":"a-1" """));
        var refused = await Assert.ThrowsAsync<VaultException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Equal((ErrorCode.ApprovalRequired, "refused", "do this", "a-1"), (refused.Code, refused.Message, refused.Suggestion, refused.Context["approval_id"].GetString()));
    }

    [Fact]
    public async Task A_limit_of_the_vault_is_an_exception_and_no_response()
    {
        var sending = _client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"));
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"));
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, Refusal(429, ErrorCode.RateLimited, ",\"retry_after\":2"));
        var limited = await Assert.ThrowsAsync<RateLimitedException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Equal(TimeSpan.FromSeconds(2), limited.RetryAfter);
    }

    [Fact]
    public async Task A_refusal_of_gRPC_is_an_exception_too()
    {
        var sending = _client.SendAsync("k", new(HttpMethod.Post, "http://api.example/"));
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"));
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(
            tunnel, "HTTP/1.1 200 OK\r\nSanctum-Error: EGRESS_DENIED\r\nContent-Type: application/grpc\r\ngrpc-status: 7\r\ngrpc-message: EGRESS_DENIED%3A%20not%20there\r\nContent-Length: 0\r\n\r\n");
        var refused = await Assert.ThrowsAsync<VaultException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Equal((ErrorCode.EgressDenied, "not there"), (refused.Code, refused.Message));
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_response_leaves_the_outcome_unknown()
    {
        var sending = _client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"));
        await using (var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open")))
        {
            await ScriptedProxy.ReadHeadAsync(tunnel);
        }

        var lost = await Assert.ThrowsAsync<OutcomeUnknownException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Contains("'GET' was sent", lost.Message, StringComparison.Ordinal);
        Assert.False(_proxy.IsKnockedAt);
    }

    [Fact]
    public async Task A_proxy_that_can_not_be_trusted_gets_nothing()
    {
        var sending = _client.SendAsync("k", new(HttpMethod.Get, "https://api.example/"));
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"));
        await ScriptedProxy.SayAsync(tunnel, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        var unsent = await Assert.ThrowsAsync<VaultConnectionException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Contains("nothing was sent", unsent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_says_nothing_is_a_connection_that_failed()
    {
        var options = _peer.Options;
        options.ConnectTimeout = TimeSpan.FromMilliseconds(500);
        var connecting = SanctumClient.ConnectAsync("research-agent", options);
        using var connection = await _peer.AcceptAsync();
        await connection.SignInAsync("session-2", """{"authenticated":true,"features":["proxy"]}""");
        await using var client = await connecting.WaitAsync(ScriptedPeer.Deadline);
        var sending = client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"));
        await connection.ReplyAsync(await connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        await using var tunnel = await _proxy.AcceptAsync();
        await Assert.ThrowsAsync<VaultConnectionException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
    }

    [Fact]
    public async Task A_proxy_out_of_reach_is_an_error_that_says_what_to_do()
    {
        _proxy.Dispose();
        File.Delete(_proxy.Path);
        var sending = _client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"));
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        var unreachable = await Assert.ThrowsAsync<VaultConnectionException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Contains("the socket does not exist", unreachable.Message, StringComparison.Ordinal);
        Assert.Contains("--proxy-socket", unreachable.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_says_nothing_in_the_time_given_is_no_reply()
    {
        var sending = _client.SendAsync("k", new(HttpMethod.Get, "http://api.example/"), new HttpUseOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
    }

    [Theory]
    [InlineData("a\r\nX-Other: b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("ü")]
    [InlineData("€")]
    public async Task A_header_that_no_request_can_have_is_refused_before_anything_is_sent(string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://api.example/");
#pragma warning disable RS0030 // It lets through what Add refuses, which is what this is about.
        Assert.True(request.Headers.TryAddWithoutValidation("X-A", value));
#pragma warning restore RS0030
        Assert.Contains("X-A", (await Assert.ThrowsAsync<ArgumentException>(() => _client.SendAsync("k", request))).Message, StringComparison.Ordinal);

        using var http = new HttpMessageInvoker(new SanctumHttpHandler(_client, "k"));
        var sending = http.SendAsync(request, default);
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        await Assert.ThrowsAsync<ArgumentException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.False(_proxy.IsKnockedAt);
    }

    private async Task<Stream> OpenAsync(PeerRequest opened)
    {
        await _connection.ReplyAsync(opened, _proxy.Run("token-1"));
        var tunnel = await _proxy.AcceptAsync();
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, Established);
        return tunnel;
    }

    private static string Refusal(int status, string code, string more)
    {
        var body = $$$"""{"error":{"code":"{{{code}}}","message":"refused","suggestion":"do this"{{{more}}}}}""";
        return $"HTTP/1.1 {status} Refused\r\nSanctum-Error: {code}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }
}
