using System.Net;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Telemetry;

/// <summary>What a load balancer is told, and what nobody is.</summary>
public sealed class HealthTests
{
    private const string Config = """{ "telemetry": { "health": "127.0.0.1:0" } }""";

    [Fact]
    public async Task It_is_ready_while_the_vault_is_unsealed_and_alive_all_the_time()
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var http = new RawHttp(await ServeAsync(vault, Config, unsealed: false));
        Assert.Equal((200, "alive\n"), await GetAsync(http, "/healthz"));
        Assert.Equal((503, "sealed\n"), await GetAsync(http, "/readyz"));

        using var admin = vault.Admin();
        await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray());
        Assert.Equal((200, "ready\n"), await GetAsync(http, "/readyz"));
        Assert.Equal((200, "alive\n"), await GetAsync(http, "/healthz"));

        await admin.SealAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
        Assert.Equal((503, "sealed\n"), await GetAsync(http, "/readyz"));
    }

    // Whoever reaches this address can be on another machine: it has nothing but these two.
    [Theory]
    [InlineData("GET", "/readyz", "balancer.example", null, 200)]
    [InlineData("HEAD", "/readyz", "10.0.0.7:8202", null, 200)]
    [InlineData("POST", "/readyz", "balancer.example", null, 405)]
    [InlineData("GET", "/metrics", "balancer.example", null, 404)]
    [InlineData("HEAD", "/metrics", "balancer.example", null, 404)]
    [InlineData("GET", "/v1/status", "balancer.example", null, 404)]
    [InlineData("GET", "/READYZ/x", "balancer.example", null, 404)]
    [InlineData("GET", "/readyz", "balancer.example", "https://elsewhere.example", 403)]
    public async Task It_says_nothing_else_there(string method, string path, string host, string? origin, int status)
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var http = new RawHttp(await ServeAsync(vault, """{ "telemetry": { "health": "127.0.0.1:0", "prometheus": "./metrics.sock" } }"""));
        var (got, text) = await http.SendAsync(method, path, "", token: null, host, origin, contentType: null);
        Assert.Equal(status, got);
        Assert.DoesNotContain("sanctum_", text, StringComparison.Ordinal);
        Assert.InRange(text.Split("\r\n\r\n", 2)[1].Length, 0, 64);
    }

    [Fact]
    public async Task It_is_also_where_metrics_are()
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{ "telemetry": { "prometheus": "./metrics.sock" } }""");
        await vault.StartAsync();
        using var http = new RawHttp(Path.Join(vault.Folder, "metrics.sock"));
        Assert.Equal((200, "ready\n"), await GetAsync(http, "/readyz"));
        Assert.Equal(200, (await http.GetAsync("/metrics")).Status);
    }

    [Theory]
    [InlineData("8202")]
    [InlineData("balancer.example:8202")]
    [InlineData("./health.sock")]
    public async Task An_address_that_can_t_be_used_is_refused(string address)
    {
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure($$"""{ "telemetry": { "health": "{{address}}" } }""");
        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.StartAsync());
        Assert.Equal(OperatorErrors.InvalidConfig, refused.Code);
    }

    private static async Task<IPEndPoint> ServeAsync(VaultFixture vault, string config, bool unsealed = true)
    {
        vault.Configure(config);
        var daemon = await vault.StartAsync(unsealed: unsealed);
        return ((BoundAddresses)daemon.Services.GetService(typeof(BoundAddresses))!).Health!;
    }

    private static async Task<(int Status, string Body)> GetAsync(RawHttp http, string path)
    {
        var (status, reply) = await http.SendAsync("GET", path, "", token: null, "localhost", origin: null, contentType: null);
        return (status, reply.Split("\r\n\r\n", 2)[1].Split("\r\n").MaxBy(line => line.Length)!);
    }
}
