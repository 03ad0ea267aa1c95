using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sanctum.Upstream;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>What passes through the proxy arrives as it was sent, and comes back as it comes.</summary>
public sealed class ForwardTests
{
    private static readonly UpstreamOptions _both = new() { Protocols = HttpProtocols.Http1AndHttp2 };

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_request_and_its_response_pass_in_each_version_of_HTTP(string version)
    {
        await using var proxy = await ProxyFixture.StartAsync(options: _both);
        using var client = ClientOf(proxy);
        using var request = RequestOf(proxy, HttpMethod.Post, "/echo/body", version);
        request.Content = new ByteArrayContent(Filler.Bytes(300_000));
        using var response = await client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal(Filler.Bytes(300_000), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("300000", (await proxy.Upstream.Requests.NextAsync())["Content-Length"]);
    }

    [Fact]
    public async Task A_second_request_on_an_HTTP_2_connection_with_another_authority_gets_421()
    {
        await using var proxy = await ProxyFixture.StartAsync(options: _both);
        using var client = ClientOf(proxy);
        using var first = await client.SendAsync(RequestOf(proxy, HttpMethod.Get, "/echo/headers", "2.0"));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var other = RequestOf(proxy, HttpMethod.Get, "/echo/headers", "2.0");
        other.Headers.Host = "127.0.0.1:1"; // With another name the client would open another connection.
        using var second = await client.SendAsync(other);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, second.StatusCode);
        Assert.Equal("EGRESS_DENIED", Assert.Single(second.Headers.GetValues("Sanctum-Error")));
        using var third = await client.SendAsync(RequestOf(proxy, HttpMethod.Get, "/echo/headers", "2.0"));
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        Assert.Equal(2, proxy.Upstream.Requests.Count);
    }

    // What HTTP calls the same message (RFC 9110, section 5.3), whatever version the service speaks.
    [Theory]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    public async Task Several_values_of_a_header_arrive_as_they_were_in_one_line(HttpProtocols protocols, string version)
    {
        await using var proxy = await ProxyFixture.StartAsync(options: new UpstreamOptions { Protocols = protocols });
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync(
            $"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\nX-Two: a, b\r\nAccept: text/html\r\nX-Two: \"c\";  d\r\nAccept: */*;q=0.5\r\nx-two: e\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var request = await proxy.Upstream.Requests.NextAsync();
        Assert.Equal(version, request.Protocol);
        Assert.Equal("a, b, \"c\";  d, e", Lines("X-Two"));
        Assert.Equal("text/html, */*;q=0.5", Lines("Accept"));

        string Lines(string name) => string.Join('|', request.Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value));
    }

    [Theory]
    [InlineData("Authorization: Bearer a\r\nAuthorization: Bearer b")]
    [InlineData("Content-Type: text/plain\r\ncontent-type: text/html")]
    [InlineData("User-Agent: a\r\nUser-Agent: a")]
    [InlineData("Referer: https://a.example\r\nReferer: https://b.example")]
    public async Task A_header_of_one_value_that_is_repeated_is_refused_by_its_name(string headers)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /ok HTTP/1.1\r\nHost: {proxy.Target}\r\n{headers}\r\n\r\n");
        var (status, _, body) = await wire.ReadResponseAsync();
        Assert.Equal(400, status);
        Assert.Contains($"the header {headers.Split(':')[0]} is repeated", body, StringComparison.Ordinal);
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task What_is_about_one_connection_or_the_proxy_is_stripped()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync(
            $"GET /echo/headers HTTP/1.1\r\nHost: {proxy.Target}\r\nConnection: X-Named\r\nX-Named: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\n" +
            $"Proxy-Connection: keep-alive\r\nProxy-Authorization: {proxy.Authorization}\r\nProxy-Anything: 1\r\nX-Kept: 1\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var names = (await proxy.Upstream.Requests.NextAsync()).Headers.Select(header => header.Key).ToList();
        Assert.Contains("X-Kept", names);
        Assert.DoesNotContain(names, name => name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(names.Intersect(["X-Named", "Keep-Alive", "TE"], StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_absolute_request_is_forwarded_and_the_Host_header_chooses_nothing()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync(overTcp: true);
        await wire.SendAsync($"GET https://{proxy.Target}/echo/headers?a=%2F HTTP/1.1\r\nHost: elsewhere.example\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var request = await proxy.Upstream.Requests.NextAsync();
        Assert.Equal("/echo/headers?a=%2F", request.Target);
        Assert.Equal(proxy.Target, request["Host"]);
        Assert.DoesNotContain(request.Headers, header => header.Key.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_request_to_the_proxy_itself_is_told_what_it_is()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.ConnectAsync();
        await wire.SendAsync($"GET / HTTP/1.1\r\nHost: localhost\r\nProxy-Authorization: {proxy.Authorization}\r\n\r\n");
        Assert.Equal((400, "INVALID_REQUEST"), await wire.ReadRefusalAsync());
        var stranger = await proxy.ConnectAsync();
        await stranger.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal((407, "AUTH_FAILED"), await stranger.ReadRefusalAsync());
    }

    [Fact]
    public async Task A_client_that_expects_100_continue_is_asked_for_the_body_once_it_is_wanted()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"POST /echo/body HTTP/1.1\r\nHost: {proxy.Target}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue", (await wire.ReadHeadAsync())[0]);
        await wire.SendAsync("hello");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        Assert.Equal("hello", (await proxy.Upstream.Requests.NextAsync()).Text);
    }

    [Fact]
    public async Task A_refused_client_that_expects_100_continue_sends_no_body()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"POST /echo/body HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal((421, "EGRESS_DENIED"), await wire.ReadRefusalAsync());
    }

    [Fact]
    public async Task A_DELETE_with_chunks_keeps_its_body()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"DELETE /echo/body HTTP/1.1\r\nHost: {proxy.Target}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        var request = await proxy.Upstream.Requests.NextAsync();
        Assert.Equal(("DELETE", "hello", "chunked"), (request.Method, request.Text, request["Transfer-Encoding"]));
    }

    [Theory]
    [InlineData("/ok/a%2Fb/c?x=%20+%c3%a9&y=%22&%2F")]
    [InlineData("/ok/%7Euser/a:b@c,d")]
    public async Task A_path_stays_as_it_was_typed(string path)
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET {path} HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", (await wire.ReadHeadAsync())[0]);
        Assert.Equal(path, (await proxy.Upstream.Requests.NextAsync()).Target);
    }

    [Fact]
    public async Task Trailers_of_a_response_follow_its_body_in_HTTP_2()
    {
        await using var proxy = await ProxyFixture.StartAsync(options: _both);
        using var client = ClientOf(proxy);
        using var request = RequestOf(proxy, HttpMethod.Get, "/echo/trailer?of=x-mark", "2.0");
        request.Headers.Add("x-mark", "marked");
        using var response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEmpty(response.TrailingHeaders);
    }

    [Fact]
    public async Task A_gRPC_client_gets_a_status_that_it_understands()
    {
        await using var proxy = await ProxyFixture.StartAsync(options: _both);
        using var client = ClientOf(proxy);
        using var request = RequestOf(proxy, HttpMethod.Post, "/service/method", "2.0");
        request.Headers.Host = "127.0.0.1:1";
        request.Content = new ByteArrayContent([0, 0, 0, 0, 0]);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("3", Assert.Single(response.Headers.GetValues("grpc-status")));
        Assert.StartsWith("EGRESS_DENIED", Uri.UnescapeDataString(Assert.Single(response.Headers.GetValues("grpc-message"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_request_at_the_host()
    {
        await using var proxy = await ProxyFixture.StartAsync();
        var wire = await proxy.SecureTunnelAsync();
        await wire.SendAsync($"GET /slow/gate HTTP/1.1\r\nHost: {proxy.Target}\r\n\r\n");
        var request = await proxy.Upstream.Requests.NextAsync();
        wire.Dispose();
        Assert.Equal(RequestEnding.ClientLeft, await request.Ending.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    /// <summary>.NET's client, which sends the token only when it is asked for it.</summary>
    private static HttpClient ClientOf(ProxyFixture proxy)
    {
        var trusted = X509Certificate2.CreateFromPem(proxy.Authority);
        return new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{proxy.Tcp}") { Credentials = new NetworkCredential("run", proxy.Token) },
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted }, RevocationMode = X509RevocationMode.NoCheck },
            },
        });
    }

    private static HttpRequestMessage RequestOf(ProxyFixture proxy, HttpMethod method, string path, string version) =>
        new(method, $"https://{proxy.Target}{path}") { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
