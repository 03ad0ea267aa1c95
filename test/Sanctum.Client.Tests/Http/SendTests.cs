using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.Protocol;

namespace Sanctum.Client.Tests.Http;

public sealed class SendTests : IAsyncLifetime
{
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
    public async Task A_request_is_sent_with_all_its_headers_and_its_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "https://api.example:8443/v1/a%2Fb?q=é c")
        {
            Content = new StringContent("""{"text":"pä"}""", Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        request.Headers.UserAgent.ParseAdd("agent/1.0 (tests)");
        request.Headers.Add("X-Two", ["1", "2"]);
        request.Headers.Add("Authorization", "Bearer mine");
        request.Content.Headers.Add("x-two", "3");
        Assert.Equal(13 + 1, request.Content.Headers.ContentLength);

        var sending = _client.SendAsync("openai/api_key", request);
        var sent = await RespondAsync("""{"status":200}""");
        Assert.Equal(("session-1", "openai/api_key", "http_request"), (sent["session_id"], sent["path"], sent["operation"]));
        AssertJson(
            """
            {
                "method": "PATCH",
                "url": "https://api.example:8443/v1/a%2Fb?q=%C3%A9%20c",
                "body": "{\"text\":\"pä\"}",
                "headers": {
                    "User-Agent": "agent/1.0 (tests)",
                    "X-Two": "1, 2, 3",
                    "Authorization": "Bearer mine",
                    "Content-Type": "application/json; charset=utf-8"
                }
            }
            """,
            sent["params"]);
        await sending;
    }

    [Fact]
    public async Task A_request_without_headers_or_body_says_nothing_of_them()
    {
        var sending = _client.SendAsync("k", new HttpRequestMessage(HttpMethod.Get, "https://api.example"));
        AssertJson("""{"method":"GET","url":"https://api.example/"}""", (await RespondAsync("""{"status":200}"""))["params"]);
        await sending;
    }

    [Theory]
    [InlineData("", "body", "")]
    [InlineData("EFBBBF61000A", "body", "\uFEFFa\0\n")]
    [InlineData("C3A4", "body", "ä")]
    [InlineData("C3", "body_base64", "ww==")]
    [InlineData("00FF80", "body_base64", "AP+A")]
    [InlineData("EDA080", "body_base64", "7aCA")]
    public async Task A_body_is_text_where_it_is_text_and_base64_where_it_is_not(string hex, string member, string value)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://api.example") { Content = new ByteArrayContent(Convert.FromHexString(hex)) };
        var sending = _client.SendAsync("k", request);
        var sent = (await RespondAsync("""{"status":200}""")).Params.GetProperty("params");
        Assert.Equal(value, sent.GetProperty(member).GetString());
        Assert.False(sent.TryGetProperty(member == "body" ? "body_base64" : "body", out _));
        await sending;
    }

    [Fact]
    public async Task The_fragment_stays_here_and_dots_that_were_to_be_kept_are()
    {
        var kept = new Uri("https://api.example/a/%2e%2e/b?c", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        foreach (var (address, url) in new[] { (new Uri("https://api.example/a?b#c"), "https://api.example/a?b"), (kept, "https://api.example/a/%2e%2e/b?c") })
        {
            var sending = _client.SendAsync("k", new HttpRequestMessage(HttpMethod.Get, address));
            Assert.Equal(url, (await RespondAsync("""{"status":200}""")).Params.GetProperty("params").GetProperty("url").GetString());
            await sending;
        }
    }

    [Fact]
    public async Task What_the_options_say_goes_along()
    {
        var options = new HttpUseOptions { HeaderType = "custom", HeaderName = "X-Token", Timeout = TimeSpan.FromSeconds(1.5) };
        var sending = _client.SendAsync("k", new HttpRequestMessage(HttpMethod.Get, "https://api.example"), options);
        AssertJson(
            """{"method":"GET","url":"https://api.example/","header_type":"custom","header_name":"X-Token","timeout":2}""",
            (await RespondAsync("""{"status":200}"""))["params"]);
        await sending;
        Assert.Throws<ArgumentOutOfRangeException>(() => new HttpUseOptions { Timeout = TimeSpan.Zero });
    }

    [Theory]
    [InlineData("v1/models")]
    [InlineData("/v1/models")]
    [InlineData("//api.example/v1")]
    [InlineData("file:///v1/models")]
    [InlineData("ftp://api.example/")]
    [InlineData(null)]
    public async Task An_address_that_is_not_of_the_web_is_refused_before_anything_is_sent(string? address)
    {
        var request = new HttpRequestMessage { RequestUri = address is null ? null : new Uri(address, UriKind.RelativeOrAbsolute) };
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => _client.SendAsync("k", request).WaitAsync(ScriptedPeer.Deadline));
        Assert.Contains("must be absolute", refused.Message, StringComparison.Ordinal);
        await AssertNothingWasSentAsync();
    }

    [Fact]
    public async Task Half_a_character_in_a_header_or_an_option_is_refused_before_anything_is_sent()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example");
        await Assert.ThrowsAsync<ArgumentException>(() => _client.SendAsync("k", request, new HttpUseOptions { HeaderName = "\ud800" }).WaitAsync(ScriptedPeer.Deadline));
        request.Headers.Add("X", "a\ud800b");
        await Assert.ThrowsAsync<ArgumentException>(() => _client.SendAsync("k", request).WaitAsync(ScriptedPeer.Deadline));
        await AssertNothingWasSentAsync();
    }

    [Fact]
    public async Task A_response_has_its_status_headers_body_and_trailers()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example");
        using var response = await SendAsync(request, """
            {
                "status": 429,
                "headers": {
                    "content-type": "text/plain; charset=utf-8", "retry-after": "5", "x-two": "1, 2", "set-cookie": ["a=1", "b=2"],
                    "date": "yesterday", "expires": "-1", "x-note": "tab\there, ünïcode", "x-none": []
                },
                "body": "slow down, ä",
                "trailers": { "x-checksum": "abc", "content-md5": ["!"] }
            }
            """);
        Assert.Equal((HttpStatusCode.TooManyRequests, HttpVersion.Version11), (response.StatusCode, response.Version));
        Assert.Same(request, response.RequestMessage);
        Assert.Equal("slow down, ä", await response.Content.ReadAsStringAsync());
        Assert.Equal(("text/plain", 13), (response.Content.Headers.ContentType?.MediaType, response.Content.Headers.ContentLength));
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
        Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("Set-Cookie"));

        // What can't be understood is there as it came.
        Assert.Equal(
            ["yesterday", "1, 2", "tab\there, ünïcode", "-1"],
            [Raw(response.Headers, "Date"), Raw(response.Headers, "X-Two"), Raw(response.Headers, "X-Note"), Raw(response.Content.Headers, "Expires")]);
        Assert.False(response.Headers.Contains("X-None"));
        Assert.Equal("abc", response.TrailingHeaders.GetValues("X-Checksum").Single());
        Assert.Equal("!", Raw(response.TrailingHeaders, "Content-MD5"));
    }

    [Fact]
    public async Task A_body_that_is_no_text_is_its_bytes_and_no_body_is_none()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example");
        using var binary = await SendAsync(request, """{"status":200,"body_base64":"AP+A"}""");
        Assert.Equal([0x00, 0xFF, 0x80], await binary.Content.ReadAsByteArrayAsync());
        using var empty = await SendAsync(request, """{"status":204,"headers":null,"body":null,"more":1}""");
        Assert.Empty(await empty.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("GET", 2L)]
    [InlineData("HEAD", 99_999_999_999)]
    public async Task The_length_is_that_of_the_body_or_after_head_the_one_that_was_told(string method, long length)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), "https://api.example");
        using var response = await SendAsync(request, """{"status":200,"headers":{"content-length":"99999999999"},"body":"ok"}""");
        Assert.Equal(length, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("""{"status":200,"headers":{"x":"canary\r\nset-cookie: a=1"}}""")]
    [InlineData("""{"status":200,"headers":{"x":"canary\nx"}}""")]
    [InlineData("""{"status":200,"headers":{"x":["fine","canary\u0000"]}}""")]
    [InlineData("""{"status":200,"headers":{"x":"canary\u007f"}}""")]
    [InlineData("""{"status":200,"headers":{"content-type":"canary\r"}}""")]
    [InlineData("""{"status":200,"headers":{"canary canary":"x"}}""")]
    [InlineData("""{"status":200,"headers":{"canary\r\nx":"x"}}""")]
    [InlineData("""{"status":200,"headers":{"":"canary"}}""")]
    [InlineData("""{"status":200,"trailers":{"x":"canary\n"}}""")]
    [InlineData("""{"status":200,"trailers":{"canary:":"x"}}""")]
    [InlineData("""{"status":200,"headers":{"x":1},"body":"canary"}""")]
    [InlineData("""{"status":200,"headers":{"x":["canary",1]}}""")]
    [InlineData("""{"status":200,"headers":{"x":[["canary"]]}}""")]
    [InlineData("""{"status":200,"headers":{"x":null},"body":"canary"}""")]
    [InlineData("""{"status":200,"headers":{"x":"1","x":"canary"}}""")]
    [InlineData("""{"status":200,"headers":["canary"]}""")]
    [InlineData("""{"status":200,"body":"canary","body_base64":"Y2FuYXJ5"}""")]
    [InlineData("""{"status":200,"body_base64":"canary!"}""")]
    [InlineData("""{"status":200,"body":"canary\ud800"}""")]
    [InlineData("""{"status":99,"body":"canary"}""")]
    [InlineData("""{"status":1000,"body":"canary"}""")]
    [InlineData("""{"status":"200","body":"canary"}""")]
    [InlineData("""{"body":"canary"}""")]
    public async Task A_malformed_result_is_a_protocol_error_that_quotes_nothing(string result)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example");
        var unusable = await Assert.ThrowsAsync<VaultException>(() => SendAsync(request, result));
        Assert.Equal("PROTOCOL_ERROR", unusable.Code);
        Assert.DoesNotContain("canary", unusable.ToString(), StringComparison.Ordinal);

        // It was the response that was wrong, not the connection.
        (await SendAsync(request, """{"status":200}""")).Dispose();
    }

    [Theory]
    [InlineData(ErrorCode.EgressDenied)]
    [InlineData(ErrorCode.UpstreamFailed)]
    [InlineData(ErrorCode.ApprovalRequired)]
    [InlineData(ErrorCode.ResponseTooLarge)]
    public async Task A_refusal_is_told_by_its_code(string code)
    {
        var sending = _client.SendAsync("k", new HttpRequestMessage(HttpMethod.Get, "https://api.example"));
        await _connection.RefuseAsync(await _connection.ReadAsync("use"), code, ""","context":{"approval_id":"a-1"}""");
        var refused = await Assert.ThrowsAsync<VaultException>(() => sending);
        Assert.Equal((code, "a-1"), (refused.Code, refused.Context["approval_id"].GetString()));
    }

    [Fact]
    public async Task A_request_that_met_an_expired_session_is_sent_again_as_it_was()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "https://api.example") { Content = new StringContent("once") };
        var sending = _client.SendAsync("k", request);
        var first = await _connection.ReadAsync("use");
        request.Headers.Add("X-Late", "1");
        await _connection.RefuseAsync(first, "SESSION_EXPIRED");
        await _connection.SignInAsync("session-2");
        Assert.Equal(first["params"], (await RespondAsync("""{"status":200}"""))["params"]);
        await sending;
    }

    private static string Raw(HttpHeaders headers, string name) => headers.NonValidated[name].ToString();

    private static void AssertJson(string expected, string? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual!)), actual);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string result)
    {
        var sending = _client.SendAsync("k", request);
        await RespondAsync(result);
        return await sending.WaitAsync(ScriptedPeer.Deadline);
    }

    private async Task<PeerRequest> RespondAsync(string result)
    {
        var request = await _connection.ReadAsync("use");
        await _connection.ReplyAsync(request, result);
        return request;
    }

    private async Task AssertNothingWasSentAsync()
    {
        await _client.DisposeAsync();
        Assert.True(await _connection.IsClosedByClientAsync());
    }
}
