using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Protocol;

namespace Sanctum.Client.Tests.Http;

/// <summary>The runs of a client's handlers: how many there are, how long they last, and what becomes of a session that the daemon says is over.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private const string Established = "HTTP/1.1 200 Connection Established\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly ScriptedPeer _peer = new();
    private ScriptedProxy _proxy = null!;
    private SanctumClient _client = null!;
    private PeerConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _proxy = new ScriptedProxy(Path.Join(Path.GetDirectoryName(_peer.SocketPath), "proxy.sock"));
        var options = _peer.Options;
        options.TimeProvider = _time;
        var connecting = SanctumClient.ConnectAsync("research-agent", options);
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
    public async Task A_client_keeps_32_runs_and_ends_the_one_that_has_rested_longest()
    {
        for (var i = 0; i < 32; i++)
        {
            await SendAsync($"key-{i}", opens: $"token-{i}");
            await Task.Delay(2); // By the clock of milliseconds, none is as old as another.
        }

        await SendAsync("key-0");
        var sending = _client.SendAsync("key-32", new(HttpMethod.Get, "http://api.example/"));
        var closed = await _connection.ReadAsync("proxy_close");
        Assert.Equal("token-1", closed["token"]);
        await _connection.ReplyAsync(closed, "{}");
        await FinishAsync(sending, "token-32");

        // One that is in use is not among them.
        await SendAsync("key-0");
    }

    [Fact]
    public async Task A_run_is_replaced_after_a_day_and_the_first_ends()
    {
        await SendAsync("key", opens: "token-1");
        _time.Advance(TimeSpan.FromHours(23));
        await SendAsync("key");
        _time.Advance(TimeSpan.FromHours(1));
        var sending = _client.SendAsync("key", new(HttpMethod.Get, "http://api.example/"));
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run("token-2"));
        var closed = await _connection.ReadAsync("proxy_close");
        Assert.Equal("token-1", closed["token"]);
        await _connection.ReplyAsync(closed, "{}");
        await TunnelAsync(sending, "token-2");
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", false)]
    [InlineData("POST", true)]
    public async Task A_session_that_is_over_at_the_tunnel_is_renewed_and_the_request_sent_once(string method, bool isStream)
    {
        await SendAsync("key", opens: "token-1");
        using var request = RequestOf(method, isStream);
        var sending = _client.SendAsync("key", request);
        await using (var refused = await _proxy.AcceptAsync())
        {
            await ScriptedProxy.ReadHeadAsync(refused);
            await ScriptedProxy.SayAsync(refused, Refusal(",\"sends\":0"));
        }

        await _connection.SignInAsync("session-2");
        await TunnelAsync(sending, "token-1", method);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_session_that_is_over_within_a_tunnel_is_renewed_and_the_request_sent_again_where_nothing_was_sent(string method)
    {
        using var request = RequestOf(method, isStream: false);
        var sending = _client.SendAsync("key", request);
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"), "token-1");
        await ReadAsync(tunnel, method);
        await ScriptedProxy.SayAsync(tunnel, Refusal(",\"sends\":0"));
        await _connection.SignInAsync("session-2");
        await ReadAsync(tunnel, method);
        await ScriptedProxy.SayAsync(tunnel, Ok);
        using var response = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // The daemon said so, or it did not; and what was read of a stream is gone.
    [Theory]
    [InlineData("GET", false, "")]
    [InlineData("GET", false, ",\"sends\":1")]
    [InlineData("POST", true, ",\"sends\":0")]
    public async Task Otherwise_the_session_that_is_over_is_the_error(string method, bool isStream, string sends)
    {
        using var request = RequestOf(method, isStream);
        var sending = _client.SendAsync("key", request);
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"), "token-1");
        await ReadAsync(tunnel, method);
        await ScriptedProxy.SayAsync(tunnel, Refusal(sends));
        await Assert.ThrowsAsync<SessionExpiredException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
    }

    [Fact]
    public async Task A_session_is_renewed_once_for_a_request()
    {
        var sending = _client.SendAsync("key", new(HttpMethod.Get, "http://api.example/"));
        await using var tunnel = await OpenAsync(await _connection.ReadAsync("proxy_open"), "token-1");
        await ReadAsync(tunnel, "GET");
        await ScriptedProxy.SayAsync(tunnel, Refusal(",\"sends\":0"));
        await _connection.SignInAsync("session-2");
        await ReadAsync(tunnel, "GET");
        await ScriptedProxy.SayAsync(tunnel, Refusal(",\"sends\":0"));
        await Assert.ThrowsAsync<SessionExpiredException>(() => sending.WaitAsync(ScriptedPeer.Deadline));
    }

    private static HttpRequestMessage RequestOf(string method, bool isStream) => new(new(method), "http://api.example/")
    {
        Content = method == "GET" ? null : isStream ? new StreamContent(new MemoryStream("hi"u8.ToArray())) : new ByteArrayContent("hi"u8.ToArray()),
    };

    private async Task SendAsync(string path, string? opens = null)
    {
        var sending = _client.SendAsync(path, new(HttpMethod.Get, "http://api.example/"));
        await (opens is null ? TunnelAsync(sending, null) : FinishAsync(sending, opens));
    }

    private async Task FinishAsync(Task<HttpResponseMessage> sending, string token)
    {
        await _connection.ReplyAsync(await _connection.ReadAsync("proxy_open"), _proxy.Run(token));
        await TunnelAsync(sending, token);
    }

    // The tunnel is closed behind the response, so that its run rests.
    private async Task TunnelAsync(Task<HttpResponseMessage> sending, string? token, string method = "GET")
    {
        await using var tunnel = await _proxy.AcceptAsync();
        Assert.EndsWith($"Bearer {token}", await ScriptedProxy.ReadHeadAsync(tunnel) + (token is null ? "Bearer " : ""), StringComparison.Ordinal);
        await ScriptedProxy.SayAsync(tunnel, Established);
        await ReadAsync(tunnel, method);
        await ScriptedProxy.SayAsync(tunnel, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        using var response = await sending.WaitAsync(ScriptedPeer.Deadline);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
    }

    private async Task<Stream> OpenAsync(PeerRequest opened, string token)
    {
        await _connection.ReplyAsync(opened, _proxy.Run(token));
        var tunnel = await _proxy.AcceptAsync();
        await ScriptedProxy.ReadHeadAsync(tunnel);
        await ScriptedProxy.SayAsync(tunnel, Established);
        return tunnel;
    }

    private static async Task ReadAsync(Stream tunnel, string method)
    {
        Assert.StartsWith($"{method} / ", await ScriptedProxy.ReadHeadAsync(tunnel), StringComparison.Ordinal);
        if (method == "POST")
        {
            var body = new byte[2];
            await tunnel.ReadExactlyAsync(body).AsTask().WaitAsync(ScriptedPeer.Deadline);
            Assert.Equal("hi", Encoding.ASCII.GetString(body));
        }
    }

    private static string Refusal(string more)
    {
        var body = $$$"""{"error":{"code":"{{{ErrorCode.SessionExpired}}}","message":"over"{{{more}}}}}""";
        return $"HTTP/1.1 403 Forbidden\r\nSanctum-Error: {ErrorCode.SessionExpired}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
    }
}
