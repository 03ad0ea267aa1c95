using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Protocol;

namespace Sanctum.Client.Tests.Http;

/// <summary>The handler does what every transport does, and lets no key of an SDK leave the process.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    private const string Placeholder = "sk-placeholder-0000";

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

    [Theory]
    [InlineData("Authorization", "Bearer sk-placeholder-0000")]
    [InlineData("authorization", "token x")]
    [InlineData("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c")]
    [InlineData("Proxy-Authorization", "Basic YTpi")]
    [InlineData("X-Api-Key", "x")]
    [InlineData("x-api-key", "x")]
    [InlineData("api-key", "x")]
    [InlineData("x-goog-api-key", "x")]
    [InlineData("X-Amz-Date", "20260101T000000Z")]
    [InlineData("X-Amz-Security-Token", "x")]
    [InlineData("X-Amz-Content-Sha256", "x")]
    [InlineData("X-Unheard-Of", "pre sk-placeholder-0000")]
    [InlineData("X-Unheard-Of", "Basic dXNlcjpzay1wbGFjZWhvbGRlci0wMDAw")]
    [InlineData("X-Mine", "x")]
    public async Task The_key_of_an_sdk_stays_in_the_process(string name, string value)
    {
        var sent = await SendAsync(
            message => message.Headers.Add(name, value), new() { Placeholder = Placeholder, HeaderType = "custom", HeaderName = "x-mine" });
        Assert.False(sent.TryGetProperty("headers", out _));
        Assert.DoesNotContain(Placeholder, sent.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_credential_is_passed_on_where_the_program_says_so()
    {
        var sent = await SendAsync(
            message =>
            {
                message.Headers.Add("Authorization", "Bearer mine");
                message.Headers.Add("X-Api-Key", "placeholder");
            },
            new() { PassHeaders = ["authorization"] });
        Assert.Equal("""{"Authorization":"Bearer mine"}""", sent.GetProperty("headers").GetRawText());
    }

    [Theory]
    [InlineData("https://api.example/v1?key=sk-placeholder-0000&alt=json", "https://api.example/v1?alt=json")]
    [InlineData("https://api.example/v1?key=sk%2Dplaceholder-0000", "https://api.example/v1")]
    [InlineData("https://api.example/botsk-placeholder-0000/getMe?a=%20", "https://api.example/bot{secret}/getMe?a=%20")]
    public async Task A_placeholder_in_the_address_makes_room_for_the_secret(string address, string url) =>
        Assert.Equal(url, (await SendAsync(message => message.RequestUri = new(address), new() { Placeholder = Placeholder })).GetProperty("url").GetString());

    [Fact]
    public void A_placeholder_that_is_short_enough_to_be_innocent_is_refused() =>
        Assert.Throws<ArgumentException>(() => new HttpUseOptions { Placeholder = "x" });

    [Fact]
    public async Task What_belongs_to_the_connection_is_dropped()
    {
        var sent = await SendAsync(message =>
        {
            message.Headers.ConnectionClose = true;
            message.Headers.Connection.Add("X-Of-Hop");
            message.Headers.Connection.Add("Upgrade");
            message.Headers.Add("X-Of-Hop", "1");
            message.Headers.Add("Keep-Alive", "timeout=5");
            message.Headers.Add("Proxy-Connection", "keep-alive");
            message.Headers.Add("Upgrade", "h2c");
            message.Headers.Add("HTTP2-Settings", "AAMAAABkAAQAAP__");
            message.Headers.ExpectContinue = true;
            message.Headers.TransferEncodingChunked = true;
            message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
            message.Headers.Trailer.Add("X-Sum");
            message.Headers.Host = "api.example:443";
            message.Headers.Add("X-Kept", "1");
            message.Content = new ByteArrayContent([1]);
        });
        Assert.Equal("""{"X-Kept":"1"}""", sent.GetProperty("headers").GetRawText());
    }

    [Fact]
    public async Task The_host_of_the_address_is_dropped_without_its_port_too()
    {
        var sent = await SendAsync(message =>
        {
            message.RequestUri = new("https://api.example:8443/");
            message.Headers.Host = "api.example";
        });
        Assert.False(sent.TryGetProperty("headers", out _));
    }

    [Theory]
    [InlineData("Host", "other.example")]
    [InlineData("Host", "api.example:8443")]
    [InlineData("Upgrade", "websocket")]
    public async Task What_asks_for_another_host_or_protocol_is_left_for_the_vault_to_refuse(string name, string value)
    {
        var sent = await SendAsync(message => message.Headers.Add(name, value));
        Assert.Equal(value, sent.GetProperty("headers").GetProperty(name).GetString());
    }

    [Theory]
    [InlineData("5;chunk-signature=aa\r\nhello\r\n3;chunk-signature=bb\r\n\r\n!\r\n0;chunk-signature=cc\r\n\r\n", "aws-chunked", """{"X-Amz-Acl":"private"}""")]
    [InlineData("8\r\nhello\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\nx-amz-trailer-signature:dd\r\n\r\n", "gzip,aws-chunked", """{"X-Amz-Acl":"private","Content-Encoding":"gzip","x-amz-checksum-crc32":"AAAA"}""")]
    public async Task What_an_sdk_of_aws_puts_around_an_upload_is_undone(string framed, string coding, string headers)
    {
        var sent = await SendAsync(message =>
        {
            message.Headers.Add("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
            message.Headers.Add("X-Amz-Decoded-Content-Length", "8");
            message.Headers.Add("X-Amz-Trailer", "x-amz-checksum-crc32");
            message.Headers.Add("X-Amz-Acl", "private");
            message.Content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(framed));
            message.Content.Headers.Add("Content-Encoding", coding.Split(','));
        });
        Assert.Equal("hello\r\n!", sent.GetProperty("body").GetString());
        Assert.Equal(headers, sent.GetProperty("headers").GetRawText());
    }

    // What only looks like it is sent as it is, and the service says what it thinks of it.
    [Theory]
    [InlineData("5\r\nhell", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    [InlineData("7fffffff\r\nhello\r\n0\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    [InlineData("-1\r\nhello\r\n0\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "UNSIGNED-PAYLOAD")]
    public async Task A_body_without_that_framing_stays_as_it_is(string body, string hash)
    {
        var sent = await SendAsync(message =>
        {
            message.Headers.Add("X-Amz-Content-Sha256", hash);
            message.Content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(body));
        });
        Assert.Equal(body, sent.GetProperty("body").GetString());
    }

    [Fact]
    public async Task A_call_that_blocks_is_sent_too()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example/");
        var sending = Task.Run(() => http.Send(request));
        await _connection.ReplyAsync(await _connection.ReadAsync("use"), """{"status":200,"body":"ok"}""");
        using var response = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(ErrorCode.EgressDenied, HttpRequestError.Unknown)]
    [InlineData(ErrorCode.UpstreamFailed, HttpRequestError.Unknown)]
    [InlineData(ErrorCode.ResponseTooLarge, HttpRequestError.ConfigurationLimitExceeded)]
    public async Task A_refusal_is_an_http_clients_error_with_the_vaults_inside(string code, HttpRequestError kind)
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => RefusedAsync(code));
        var inner = Assert.IsType<VaultException>(refused.InnerException);
        Assert.Equal((code, kind), (inner.Code, refused.HttpRequestError));
        Assert.Contains("refused", refused.Message, StringComparison.Ordinal);
        Assert.Contains(code, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_of_the_vault_is_a_429_that_says_when_to_try_again()
    {
        using var response = await RefusedAsync(ErrorCode.RateLimited, ""","context":{"retry_after":1.2}""");
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(2)), (response.StatusCode, response.Headers.RetryAfter?.Delta));
        Assert.Equal(["RATE_LIMITED"], response.Headers.GetValues("Sanctum-Error"));
        Assert.Equal("""{"error":{"code":"RATE_LIMITED","message":"refused"}}""", await response.Content.ReadAsStringAsync());
        Assert.NotNull(response.RequestMessage);
    }

    [Fact]
    public async Task A_daemon_that_is_stopping_is_a_503_that_says_when_to_try_again()
    {
        using var response = await RefusedAsync(ErrorCode.RateLimited, ""","context":{"retry_after":1,"daemon":"stopping"}""");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (response.StatusCode, response.Headers.RetryAfter?.Delta));
        Assert.Equal(["RATE_LIMITED"], response.Headers.GetValues("Sanctum-Error"));
    }

    // A 429 says that nothing was done: who tries again on it must not do it twice.
    [Fact]
    public async Task A_limit_that_was_met_after_sending_is_no_429()
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => RefusedAsync(ErrorCode.RateLimited, ""","context":{"retry_after":1,"sends":1}"""));
        Assert.IsType<RateLimitedException>(refused.InnerException);
    }

    [Fact]
    public async Task A_lost_connection_is_an_http_clients_error()
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        var sending = http.GetAsync("https://api.example/");
        await _connection.ReadAsync("use");
        _connection.Dispose();
        var lost = await Assert.ThrowsAsync<HttpRequestException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
        Assert.IsType<OutcomeUnknownException>(lost.InnerException);
        Assert.Equal(HttpRequestError.ResponseEnded, lost.HttpRequestError);
    }

    [Fact]
    public async Task A_missing_socket_is_named_in_plain_words()
    {
        using var folder = new TemporaryDirectory();
        folder.Write("research-agent.key", KeyVector.Research.Plain);
        await using var client = new SanctumClient("research-agent", new() { SocketPath = folder["none.sock"], KeyDirectory = folder.Root });
        using var http = new HttpClient(new SanctumHttpHandler(client, "k"));
        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("https://api.example/"));
        Assert.Equal(HttpRequestError.ConnectionError, failed.HttpRequestError);
        Assert.StartsWith($"the vault's daemon at {folder["none.sock"]} can't be reached: the socket does not exist", failed.Message, StringComparison.Ordinal);

        // As a socket is whose daemon was killed: there, and nobody behind it.
        File.WriteAllText(folder["none.sock"], "");
        failed = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("https://api.example/"));
        Assert.Contains("no daemon is listening there", failed.Message, StringComparison.Ordinal);
    }

    // A model can take longer for its response than other calls have.
    [Fact]
    public async Task A_request_waits_for_its_own_time()
    {
        var time = new FakeTimeProvider();
        using var peer = new ScriptedPeer();
        var options = peer.Options;
        options.TimeProvider = time;
        var (client, connection) = await peer.ConnectAsync(options);
        await using var _ = client;
        using var __ = connection;
        var patient = client.SendAsync("k", new(HttpMethod.Get, "https://api.example/"));
        await connection.ReadAsync("use");
        var hasty = client.SendAsync("k", new(HttpMethod.Get, "https://api.example/"), new HttpUseOptions { Timeout = TimeSpan.FromSeconds(60) });
        await connection.ReadAsync("use");
        time.Advance(TimeSpan.FromSeconds(89));
        Assert.False(hasty.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => hasty.WaitAsync(ScriptedPeer.Deadline));
        time.Advance(TimeSpan.FromSeconds(239));
        Assert.False(patient.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => patient.WaitAsync(ScriptedPeer.Deadline));
    }

    private async Task<JsonElement> SendAsync(Action<HttpRequestMessage> fill, HttpUseOptions? options = null)
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k", options));
        using var message = new HttpRequestMessage(HttpMethod.Get, "https://api.example/v1");
        fill(message);
        var sending = http.SendAsync(message);
        var call = await _connection.ReadAsync("use");
        await _connection.ReplyAsync(call, """{"status":200}""");
        (await sending.WaitAsync(ScriptedPeer.Deadline)).Dispose();
        return call.Params.GetProperty("params");
    }

    private async Task<HttpResponseMessage> RefusedAsync(string code, string more = "")
    {
        using var http = new HttpClient(new SanctumHttpHandler(_client, "k"));
        var sending = http.GetAsync("https://api.example/");
        await _connection.RefuseAsync(await _connection.ReadAsync("use"), code, more);
        return await sending.WaitAsync(ScriptedPeer.Deadline);
    }
}
