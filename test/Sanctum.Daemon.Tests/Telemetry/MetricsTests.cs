using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Telemetry;

namespace Sanctum.Daemon.Tests.Telemetry;

/// <summary>What Prometheus can read, and what those can who are not Prometheus.</summary>
[Collection("telemetry")] // What a vault measures is the process's: labels of one test would be in the other's.
public sealed class MetricsTests
{
    private const string OnSocket = """{ "telemetry": { "prometheus": "./metrics.sock" } }""";

    [Fact]
    public async Task Metrics_say_how_long_calls_took_and_name_neither_agents_nor_paths()
    {
        await using var vault = await ServedAsync(OnSocket);
        var agent = await vault.SignInAsync();
        await agent.ReplyAsync("list", $$"""{"session_id":"{{agent.SessionId}}"}""");
        await agent.ReplyAsync("retrieve", $$"""{"session_id":"{{agent.SessionId}}","path":"app/api_key"}""");
        await agent.ReplyAsync("retrieve", $$"""{"session_id":"{{agent.SessionId}}","path":"other/key"}""");

        var metrics = await ReadAsync(vault);
        Assert.Contains("rpc_method=\"list\"", metrics, StringComparison.Ordinal);
        Assert.Matches("""rpc_server_call_duration_seconds_count\{[^}]*error_type="ACCESS_DENIED"[^}]*\} [1-9]""", metrics);
        Assert.Matches("""sanctum_audit_entries_total\{[^}]*sanctum_action="retrieve"[^}]*sanctum_outcome="denied"[^}]*\}""", metrics);
        Assert.Matches("""sanctum_sealed\{[^}]*\} [01]""", metrics);
        Assert.Matches("""sanctum_connections\{[^}]*\} \d""", metrics);
        Assert.All((string[])["worker", "app/", "other/", "CANARY"], name => Assert.DoesNotContain(name, metrics, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Agents_and_credentials_are_named_where_the_operator_allows_it()
    {
        await using var vault = await ServedAsync("""{ "telemetry": { "prometheus": "./metrics.sock", "labels": ["agent", "credential"] } }""");
        var agent = await vault.SignInAsync();
        await agent.ReplyAsync("retrieve", $$"""{"session_id":"{{agent.SessionId}}","path":"app/api_key"}""");
        var metrics = await ReadAsync(vault);
        Assert.Matches("""sanctum_audit_entries_total\{[^}]*sanctum_agent="worker"[^}]*sanctum_credential="app/api_key"[^}]*\} 1""", metrics);
        Assert.DoesNotContain("CANARY", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_hostile_values_leave_a_bounded_number_of_series()
    {
        await using var vault = await ServedAsync("""{ "telemetry": { "prometheus": "./metrics.sock", "labels": ["agent", "credential"] }, "recorded_per_minute": 300 }""");
        var agent = await vault.SignInAsync();
        for (var i = 0; i < 10_000; i += 2)
        {
            await agent.ReplyAsync($"hostile_{i}", "{}");
            await agent.ReplyAsync("retrieve", $$"""{"session_id":"{{agent.SessionId}}","path":"hostile/{{i}}"}""");
        }

        var metrics = await ReadAsync(vault);
        Assert.DoesNotContain("hostile", metrics, StringComparison.Ordinal);
        Assert.Contains("rpc_method=\"_OTHER\"", metrics, StringComparison.Ordinal);
        Assert.Contains("sanctum_credential=\"_OTHER\"", metrics, StringComparison.Ordinal);
        Assert.InRange(metrics.Split('\n').Length, 10, 1000);
    }

    [Fact]
    public void Ten_thousand_methods_of_HTTP_are_one_label()
    {
        HashSet<string> seen = [];
        using var telemetry = new DaemonTelemetry(null!, () => 0);
        using var listener = new System.Diagnostics.Metrics.MeterListener { InstrumentPublished = (instrument, it) => { if (instrument.Name == "http.server.request.duration" && instrument.Meter.Name == DaemonTelemetry.Name) { it.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => seen.Add(string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
        listener.Start();
        for (var i = 0; i < 10_000; i++)
        {
            var http = new DefaultHttpContext();
            (http.Request.Method, http.Response.StatusCode) = (i % 2 == 0 ? $"M{i}" : "gEt", 200);
            telemetry.Ended(http, start: 1, telemetry.Start(http.Request), errorCode: null);
        }

        Assert.Equal(["http.request.method=_OTHER,http.response.status_code=200"], seen);
    }

    [Fact]
    public async Task The_socket_is_the_users_own()
    {
        await using var vault = await ServedAsync(OnSocket);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketOf(vault)) & ~UnixFileMode.UserExecute);
    }

    [Theory]
    [InlineData("GET", "/metrics", "elsewhere.example", null, 403)]
    [InlineData("GET", "/metrics", null, "https://elsewhere.example", 403)]
    [InlineData("POST", "/metrics", null, null, 405)]
    [InlineData("GET", "/", null, null, 404)]
    [InlineData("GET", "/v1/status", null, null, 404)]
    [InlineData("GET", "/metrics", null, null, 200)]
    public async Task Over_TCP_only_metrics_are_read_and_no_page_of_a_browser_reads_them(string method, string path, string? host, string? origin, int status)
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{ "telemetry": { "prometheus": "127.0.0.1:0" } }""");
        var daemon = await vault.StartAsync();
        var address = ((BoundAddresses)daemon.Services.GetService(typeof(BoundAddresses))!).Metrics!;
        using var http = new RawHttp(address);
        var (got, _) = await http.SendAsync(method, path, "", token: null, host ?? address.ToString(), origin, contentType: null);
        Assert.Equal(status, got);
    }

    [Fact]
    public async Task A_body_or_a_head_that_is_too_long_is_refused()
    {
        await using var vault = await ServedAsync(OnSocket);
        using var http = new RawHttp(SocketOf(vault));
        Assert.Contains((await http.SendAsync("GET", $"/metrics?{new string('x', 10_000)}", "", null, "localhost", null, null)).Status, (int[])[400, 414]);
        Assert.Equal(431, (await http.SendAsync("GET", "/metrics", "", new string('x', 10_000), "localhost", null, null)).Status);
    }

    [Fact]
    public async Task One_process_can_not_take_all_connections()
    {
        await using var vault = await ServedAsync(OnSocket);
        List<Socket> held = [];
        try
        {
            for (var i = 0; i < 8; i++)
            {
                held.Add(await OpenAsync(vault));
            }

            using var http = new RawHttp(SocketOf(vault));
            Assert.Equal(429, (await http.GetAsync("/metrics")).Status);
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Who_sends_no_request_is_disconnected()
    {
        await using var vault = await ServedAsync(OnSocket);
        using var socket = await OpenAsync(vault);
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /metr"));
        Assert.StartsWith("HTTP/1.1 408 ", await RestAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "telemetry": { "prometheus": "0.0.0.0:9464" } }""", "loopback")]
    [InlineData("""{ "telemetry": { "otlp": "http://192.168.0.1:4318" } }""", "telemetry.otlp")]
    [InlineData("""{ "telemetry": { "otlp": "file:///etc/passwd" } }""", "telemetry.otlp")]
    [InlineData("""{ "telemetry": { "otlp": "https://user:password@collector.example" } }""", "telemetry.otlp")]
    [InlineData("""{ "telemetry": { "labels": ["secret"] } }""", "telemetry.labels")]
    public async Task A_setting_that_can_not_be_used_is_refused(string json, string named)
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure(json);
        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.StartAsync());
        Assert.Equal(OperatorErrors.InvalidConfig, refused.Code);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    private static string SocketOf(VaultFixture vault) => Path.Join(vault.Folder, "metrics.sock");

    private static async Task<VaultFixture> ServedAsync(string json)
    {
        var vault = await VaultFixture.CreateAsync();
        vault.Configure(json);
        await vault.StartAsync();
        return vault;
    }

    private static async Task<string> ReadAsync(VaultFixture vault)
    {
        using var http = new RawHttp(SocketOf(vault));
        var (status, reply) = await http.GetAsync("/metrics");
        Assert.Equal(200, status);
        return reply;
    }

    private static async Task<Socket> OpenAsync(VaultFixture vault)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketOf(vault)));
        return socket;
    }

    private static async Task<string> RestAsync(Socket socket)
    {
        using var reader = new StreamReader(new NetworkStream(socket));
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));
    }
}
