using System.Net;
using Sanctum.Protocol;

namespace Sanctum.Client.Tests.Http;

/// <summary>The handler with a daemon that has a proxy, which does what a daemon can't be made to do.</summary>
public sealed class ProxiedTests : IAsyncLifetime
{
    private const string Established = "HTTP/1.1 200 Connection Established\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly ScriptedPeer _peer = new();
    private ScriptedProxy _proxy = null!;
    private SanctumClient _client = null!;
    private PeerConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _proxy = new ScriptedProxy(Path.Join(Path.GetDirectoryName(_peer.SocketPath), "proxy.sock"));
        var connecting = SanctumClient.ConnectAsync("research-agent", _peer.Options);
        _connection = await _peer.AcceptAsync();
        await _connection.SignInAsync("session-1", """{"authenticated":true,"features":["proxy","of later"]}""");
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
    public async Task A_request_goes_through_a_run_for_its_credential_without_the_key_of_an_sdk()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k", new() { HeaderType = "custom", HeaderName = "X-Mine", Placeholder = "placeholder-0000" }));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://api.example:8080/v1?key=placeholder-0000&a=%20");
        request.Headers.Add("X-Mine", "x");
        request.Headers.Add("Authorization", "Bearer x");
        request.Headers.Add("X-Kept", "1");
        request.Headers.Host = "api.example";
        var sending = http.SendAsync(request);
        var opened = await _connection.ReadAsync("proxy_open");
        Assert.Equal(("k", "custom", "X-Mine"), (opened["credential"], opened["header_type"], opened["header_name"]));
        await _connection.ReplyAsync(opened, _proxy.Run("token-1"));

        await using var tunnel = await _proxy.AcceptAsync();
        Assert.Equal("CONNECT api.example:8080 HTTP/1.1\r\nHost: api.example:8080\r\nProxy-Authorization: Bearer token-1", await ScriptedProxy.ReadHeadAsync(tunnel));
        await ScriptedProxy.SayAsync(tunnel, Established);
        Assert.Equal("GET /v1?a=%20 HTTP/1.1\r\nHost: api.example:8080\r\nX-Kept: 1\r\nContent-Length: 0", await ScriptedProxy.ReadHeadAsync(tunnel));
        await ScriptedProxy.SayAsync(tunnel, Ok);
        using var response = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal((HttpStatusCode.OK, null), (response.StatusCode, request.Content));
    }

    // The vault may have sent it on before its connection broke.
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_request_is_not_sent_again_when_an_idle_connection_turns_out_to_be_closed(string method)
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        await using var tunnel = await OpenAsync(http);
        var sending = http.SendAsync(new(new(method), "http://api.example/second"));
        Assert.StartsWith($"{method} /second ", await ScriptedProxy.ReadHeadAsync(tunnel), StringComparison.Ordinal);
        await tunnel.DisposeAsync();
        var lost = await Assert.ThrowsAsync<HttpRequestException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Equal(HttpRequestError.ResponseEnded, lost.HttpRequestError);
        Assert.False(_proxy.IsKnockedAt);
    }

    [Fact]
    public async Task A_run_that_the_daemon_no_longer_has_is_opened_again_once()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        var sending = http.GetAsync("http://api.example/");
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        await RefuseAsync(407, ErrorCode.AuthFailed, "token-1");
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-2"));
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_close"), "{}");
        await RefuseAsync(407, ErrorCode.AuthFailed, "token-2");
        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.IsType<AuthException>(failed.InnerException);
    }

    [Fact]
    public async Task A_refused_tunnel_is_an_http_clients_error_with_the_vaults_inside()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        var sending = http.GetAsync("http://api.example/");
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        await RefuseAsync(403, ErrorCode.EgressDenied, "token-1");
        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.Equal((ErrorCode.EgressDenied, "do this"), (Assert.IsType<VaultException>(failed.InnerException).Code, ((VaultException)failed.InnerException).Suggestion));
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 9999999\r\n\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("")]
    public async Task What_is_no_response_of_a_proxy_is_an_error_that_says_so(string said)
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        var sending = http.GetAsync("http://api.example/");
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        await using (var tunnel = await _proxy.AcceptAsync())
        {
            await ScriptedProxy.ReadHeadAsync(tunnel);
            await ScriptedProxy.SayAsync(tunnel, said);
        }

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.IsAssignableFrom<VaultException>(failed.InnerException);
    }

    [Fact]
    public async Task A_limit_of_the_vault_is_a_429_from_a_tunnel_and_within_one()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        await using var tunnel = await OpenAsync(http);
        var sending = http.GetAsync("http://api.example/second");
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, $"HTTP/1.1 429 Too Many Requests\r\nSanctum-Error: RATE_LIMITED\r\nRetry-After: 2\r\n{Refusal(ErrorCode.RateLimited, ",\"retry_after\":2")}");
        using var within = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(2)), (within.StatusCode, within.Headers.RetryAfter?.Delta));

        // One that was sent is no 429.
        sending = http.GetAsync("http://api.example/third");
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, $"HTTP/1.1 429 Too Many Requests\r\nSanctum-Error: RATE_LIMITED\r\n{Refusal(ErrorCode.RateLimited, ",\"sends\":1")}");
        Assert.IsType<RateLimitedException>((await Assert.ThrowsAsync<HttpRequestException>(() => sending.WaitAsync(ScriptedPeer.Deadline))).InnerException);

        sending = http.GetAsync("http://other.example/");
        await RefuseAsync(429, ErrorCode.RateLimited, "token-1");
        using var refused = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task A_daemon_that_is_stopping_is_a_503_that_says_when_to_try_again()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        await using var tunnel = await OpenAsync(http);
        var sending = http.GetAsync("http://other.example/");
        await RefuseAsync(503, ErrorCode.RateLimited, "token-1", ",\"retry_after\":1,\"daemon\":\"stopping\"");
        using var refused = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task A_refusal_that_only_a_service_could_have_made_is_passed_on()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        await using var tunnel = await OpenAsync(http);
        var sending = http.GetAsync("http://api.example/second");
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        using var response = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal((HttpStatusCode.Forbidden, "no"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    // One tunnel, on which a request has been sent.
    private async Task<Stream> OpenAsync(HttpClient http)
    {
        var sending = http.GetAsync("http://api.example/first");
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-1"));
        var tunnel = await _proxy.AcceptAsync();
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, Established);
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, Ok);
        (await sending.WaitAsync(ScriptedPeer.Deadline)).Dispose();
        return tunnel;
    }

    private async Task RefuseAsync(int status, string code, string token, string more = "")
    {
        await using var tunnel = await _proxy.AcceptAsync();
        Assert.EndsWith($"Bearer {token}", await ScriptedProxy.ReadHeadAsync(tunnel), StringComparison.Ordinal);
        await ScriptedProxy.SayAsync(tunnel, $"HTTP/1.1 {status} Refused\r\nSanctum-Error: {code}\r\n{Refusal(code, more)}");
    }

    private static string Refusal(string code, string more = "")
    {
        var body = $$$"""{"error":{"code":"{{{code}}}","message":"refused","suggestion":"do this"{{{more}}}}}""";
        return $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }
}
