using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sanctum.Client;
using Sanctum.Mcp.Http;
using Sanctum.Testing;

namespace Sanctum.Mcp.Tests.Http;

/// <summary>A server over HTTP, its hosts, and whoever else reaches loopback.</summary>
public sealed class HttpVaultServerTests : IAsyncLifetime
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private readonly string _token = HttpTokens.Generate();
    private readonly string _otherToken = HttpTokens.Generate();
    private TestVault _vault = null!;
    private SanctumClient _client = null!;
    private HttpVaultServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _vault = await TestVault.StartAsync();
        await _vault.StoreAsync("app/key", "CANARY-key-of-32-bytes-0123456789");
        _client = _vault.CreateClient();
        _server = await HttpVaultServer.StartAsync(
            _client, new VaultServerOptions(), new IPEndPoint(IPAddress.Loopback, 0), HttpTokens.Parse(Encoding.ASCII.GetBytes($"{_token}\n{_otherToken}\n"))!);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _client.DisposeAsync();
        await _vault.DisposeAsync();
    }

    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Hosts_of_each_revision_list_and_call_tools(string revision)
    {
        await using var transport = new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = _server.Url,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {_token}" },
            TransportMode = HttpTransportMode.StreamableHttp,
        });
        await using var host = await McpClient.CreateAsync(transport, new McpClientOptions { ProtocolVersion = revision });

        var tools = await host.ListToolsAsync();
        var signed = await host.CallToolAsync("sanctum_sign", new Dictionary<string, object?> { ["credential"] = "app/key", ["data"] = "x" });

        Assert.Equal(revision, host.NegotiatedProtocolVersion);
        Assert.Contains(tools, tool => tool.Name == "sanctum_http_request");
        Assert.Equal(ServedVault.TextOf(signed), signed.StructuredContent!.Value.GetProperty("signature").GetString());
    }

    [Theory]
    [InlineData("Host: evil.example", 403)]
    [InlineData("Host: evil.example:{port}", 403)]
    [InlineData("Host: 127.0.0.1", 403)]
    [InlineData("Host: 127.0.0.1.evil.example:{port}", 403)]
    [InlineData("Host: 127.1:{port}", 403)]
    [InlineData("Host: LOCALHOST:{port}", 403)]
    [InlineData("Host: localhost:{port}", 200)]
    [InlineData("Host: 127.0.0.1:{port}", 200)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: http://evil.example", 403)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: null", 403)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: https://127.0.0.1:{port}", 403)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}.evil.example", 403)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nOrigin: http://evil.example", 403)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:1", 403)]
    [InlineData("Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}", 200)]
    public async Task A_page_of_the_web_reaches_it_under_no_name(string head, int status)
    {
        var response = await SendAsync(head.Replace("{port}", $"{_server.Endpoint.Port}", StringComparison.Ordinal), Initialize);

        Assert.Equal(status, StatusOf(response));
        Assert.DoesNotContain("access-control", response, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer {short}")]
    [InlineData("Authorization: Bearer {token}x")]
    [InlineData("Authorization: Basic {token}")]
    [InlineData("Authorization: {token}")]
    [InlineData("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}")]
    [InlineData("X-Token: {token}")]
    public async Task Without_its_token_there_is_nothing(string? header)
    {
        var sent = header?.Replace("{token}", _token, StringComparison.Ordinal).Replace("{short}", _token[..^1], StringComparison.Ordinal);
        foreach (var method in new[] { "POST", "GET", "DELETE", "OPTIONS" })
        {
            var response = await SendAsync(Own + (sent is null ? "" : $"\r\n{sent}"), Initialize, token: null, method: method);
            Assert.Equal(method == "OPTIONS" ? 405 : 401, StatusOf(response));
            Assert.DoesNotContain("mcp-session-id", response, StringComparison.OrdinalIgnoreCase);
        }
    }

    // Not even somebody with a token of this server.
    [Fact]
    public async Task A_session_belongs_to_the_token_that_opened_it()
    {
        var session = SessionOf(await SendAsync(Own, Initialize));
        const string list = """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""";

        foreach (var method in new[] { "POST", "GET", "DELETE" })
        {
            Assert.Equal(403, StatusOf(await SendAsync($"{Own}\r\nMcp-Session-Id: {session}", list, _otherToken, method)));
        }

        Assert.Equal(404, StatusOf(await SendAsync($"{Own}\r\nMcp-Session-Id: {session[..^1]}", list)));
        Assert.Equal(400, StatusOf(await SendAsync($"{Own}\r\nMcp-Session-Id: {session}\r\nMcp-Session-Id: {session}", list)));
        Assert.Equal(400, StatusOf(await SendAsync(Own, list)));
        Assert.Contains("sanctum_sign", await SendAsync($"{Own}\r\nMcp-Session-Id: {session}", list), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]""", 400)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"initialize"}""", 400)]
    [InlineData("""{"id":null}""", 400)]
    [InlineData("\"text\"", 400)]
    public async Task A_body_that_is_no_message_is_refused_and_the_next_one_is_served(string body, int status)
    {
        Assert.Equal(status, StatusOf(await SendAsync(Own, body)));
        Assert.Equal(200, StatusOf(await SendAsync(Own, Initialize)));
    }

    [Fact]
    public async Task A_body_has_a_limit_whether_its_length_is_told_or_not()
    {
        Assert.Equal(413, StatusOf(await SendAsync($"{Own}\r\nContent-Length: {17 * 1024 * 1024}", "", length: false)));
        var chunk = $"{1024 * 1024:x}\r\n{new string(' ', 1024 * 1024)}\r\n";
        var response = await SendAsync($"{Own}\r\nTransfer-Encoding: chunked", string.Concat(Enumerable.Repeat(chunk, 17)), length: false);
        Assert.True(response.Length == 0 || StatusOf(response) == 413, response);
        Assert.Equal(200, StatusOf(await SendAsync(Own, Initialize)));
    }

    [Fact]
    public async Task A_flood_of_sessions_is_refused_and_those_that_are_open_go_on()
    {
        var first = SessionOf(await SendAsync(Own, Initialize));
        var statuses = await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ => StatusOf(await SendAsync(Own, Initialize))));

        // One that is being opened may count twice for a moment, so that it is never too many.
        Assert.All(statuses, status => Assert.True(status is 200 or 429));
        var open = 1 + statuses.Count(status => status == 200);
        Assert.InRange(open, 2, 32);
        for (; open < 32; open++)
        {
            Assert.Equal(200, StatusOf(await SendAsync(Own, Initialize)));
        }

        Assert.Equal(429, StatusOf(await SendAsync(Own, Initialize)));
        Assert.Contains("sanctum_sign", await SendAsync($"{Own}\r\nMcp-Session-Id: {first}", """{"jsonrpc":"2.0","id":2,"method":"tools/list"}"""), StringComparison.Ordinal);
        Assert.Equal(200, StatusOf(await SendAsync($"{Own}\r\nMcp-Session-Id: {first}", "", _token, "DELETE")));
        await EventuallyAsync(async () => StatusOf(await SendAsync(Own, Initialize)) == 200);
    }

    // A revision without sessions in the header, and one with them in the message.
    [Theory]
    [InlineData("2026-07-28", "2025-11-25")]
    [InlineData("2026-07-28", "2026-07-28")]
    [InlineData("2027-01-01", "2025-06-18")]
    [InlineData("zzz", "2025-11-25")]
    public async Task What_a_request_says_of_its_revision_opens_no_more_sessions(string header, string message)
    {
        var body = Initialize.Replace("2025-11-25", message, StringComparison.Ordinal);
        var sessions = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            var response = await SendAsync($"{Own}\r\nMCP-Protocol-Version: {header}", body);
            sessions.AddRange(response.Contains("mcp-session-id", StringComparison.OrdinalIgnoreCase) ? [SessionOf(response)] : []);
        }

        var alive = 0;
        foreach (var session in sessions)
        {
            alive += StatusOf(await SendAsync($"{Own}\r\nMcp-Session-Id: {session}", """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""")) == 200 ? 1 : 0;
        }

        Assert.InRange(alive, 0, 32);

        // Whoever needs no session is served though there are so many.
        var discovered = await SendAsync($"{Own}\r\nMCP-Protocol-Version: 2026-07-28", """{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}""");
        Assert.NotEqual(429, StatusOf(discovered));
    }

    // However they came to be opened: what is held is counted, and not what requests say.
    [Fact]
    public async Task No_more_sessions_are_held_than_there_may_be()
    {
        var gate = new HttpGate(HttpTokens.Parse(Encoding.ASCII.GetBytes(_token))!);
        var ending = new TaskCompletionSource();
        var running = new List<Task>();
        for (var i = 0; i < 32; i++)
        {
            running.Add(gate.RunSessionAsync(Opening(isSession: true), () => ending.Task));
        }

        var ran = false;
        await gate.RunSessionAsync(Opening(isSession: true), () => Task.FromResult(ran = true));
        Assert.Equal((32, false), (gate.Sessions, ran));

        // One that is not kept takes no place, and one that ends gives its place back.
        await gate.RunSessionAsync(Opening(isSession: false), () => Task.FromResult(ran = true));
        Assert.True(ran);
        ending.SetResult();
        await Task.WhenAll(running);
        Assert.Equal(0, gate.Sessions);

        static DefaultHttpContext Opening(bool isSession)
        {
            var http = new DefaultHttpContext();
            http.Response.Headers["Mcp-Session-Id"] = isSession ? "id" : default;
            return http;
        }
    }

    [Fact]
    public async Task Whoever_hangs_up_takes_nothing_along()
    {
        for (var i = 0; i < 100; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_server.Endpoint);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\n{Own}\r\nAuthorization: Bearer {_token}\r\nContent-Length: 500\r\n\r\n{{\"jsonrpc\""));
        }

        await EventuallyAsync(async () => StatusOf(await SendAsync(Own, Initialize)) == 200);
    }

    [Fact]
    public async Task Requests_that_run_have_a_limit_and_leave_room_when_their_hosts_hang_up()
    {
        var running = new List<Socket>();
        for (var i = 0; i < HttpLimits.Requests; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            running.Add(socket);
            await socket.ConnectAsync(_server.Endpoint);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\n{Own}\r\nAuthorization: Bearer {_token}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 500\r\n\r\n{{\"jsonrpc\""));
        }

        await EventuallyAsync(async () => StatusOf(await SendAsync(Own, Initialize)) == 429);
        running.ForEach(socket => socket.Dispose());
        await EventuallyAsync(async () => StatusOf(await SendAsync(Own, Initialize)) == 200);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"no/such"}""", "-32601")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"sanctum_steal"}}""", "-32602")]
    public async Task What_is_not_there_is_a_typed_error_of_the_protocol(string body, string code)
    {
        var session = SessionOf(await SendAsync(Own, Initialize));

        var response = await SendAsync($"{Own}\r\nMcp-Session-Id: {session}", body);

        Assert.Contains($"\"code\":{code}", response, StringComparison.Ordinal);
        Assert.Contains("\"id\":7", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_has_one_stream()
    {
        var session = SessionOf(await SendAsync(Own, Initialize));
        using var stream = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await stream.ConnectAsync(_server.Endpoint);
        await stream.SendAsync(Encoding.ASCII.GetBytes($"GET /mcp HTTP/1.1\r\n{Own}\r\nAuthorization: Bearer {_token}\r\nAccept: text/event-stream\r\nMcp-Session-Id: {session}\r\n\r\n"));
        var buffer = new byte[256];
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, await stream.ReceiveAsync(buffer)), StringComparison.Ordinal);

        Assert.Equal(400, StatusOf(await SendAsync($"{Own}\r\nMcp-Session-Id: {session}", "", _token, "GET")));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("192.0.2.1")]
    public async Task It_listens_on_loopback_only(string address) => await Assert.ThrowsAsync<ArgumentException>(() => HttpVaultServer.StartAsync(
        _client, new VaultServerOptions(), new IPEndPoint(IPAddress.Parse(address), 0), HttpTokens.Parse(Encoding.ASCII.GetBytes(_token))!, TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("a token with spaces that is long enough")]
    [InlineData("0123456789012345678901234567890123456789\nshort")]
    public void A_file_of_tokens_has_nothing_else_in_it(string content) => Assert.Null(HttpTokens.Parse(Encoding.ASCII.GetBytes(content)));

    private string Own => $"Host: 127.0.0.1:{_server.Endpoint.Port}";

    private Task<string> SendAsync(string head, string body, bool length = true) => SendAsync(head, body, _token, "POST", length);

    private async Task<string> SendAsync(string head, string body, string? token, string method = "POST", bool length = true)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server.Endpoint);
        var text = new StringBuilder($"{method} /mcp HTTP/1.1\r\n{head}\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\nConnection: close\r\n");
        text.Append(token is null ? "" : $"Authorization: Bearer {token}\r\n").Append(length ? $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n" : "").Append($"\r\n{body}");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var response = new MemoryStream();
        var buffer = new byte[16 * 1024];
        try
        {
            ReadOnlyMemory<byte> left = Encoding.UTF8.GetBytes(text.ToString());
            while (!left.IsEmpty)
            {
                left = left[await socket.SendAsync(left, patience.Token)..];
            }

            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count)
            {
                response.Write(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException)
        {
            // Refused while it was sent.
        }

        return Encoding.UTF8.GetString(response.ToArray());
    }

    private static int StatusOf(string response) => int.Parse(response.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);

    private static string SessionOf(string response) =>
        response.Split("\r\n").Single(line => line.StartsWith("Mcp-Session-Id: ", StringComparison.OrdinalIgnoreCase))["Mcp-Session-Id: ".Length..];

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 100; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("it did not come about in five seconds");
    }
}
