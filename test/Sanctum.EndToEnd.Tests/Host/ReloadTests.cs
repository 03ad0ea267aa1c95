using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Upstream;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>SIGHUP: the daemon reads <c>config.json</c> again, and agents notice nothing but what it says.</summary>
public sealed class ReloadTests
{
    private const string Agent = "worker";

    [Fact]
    public async Task Limits_and_the_log_level_change_while_an_agent_stays_signed_in()
    {
        await using var home = await FilledAsync();
        home.Configure("""{ "leases_per_agent": 1 }""");
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        using var agent = await SignedInAsync(home);
        await agent.DoAsync("retrieve", new JsonObject { ["path"] = "a/b" });
        ErrorIs("RATE_LIMITED", await agent.RefusedAsync("retrieve", new JsonObject { ["path"] = "a/b" }));
        Assert.DoesNotContain(" retrieve: ", daemon.Said, StringComparison.Ordinal);

        home.Configure("""{ "leases_per_agent": 2, "log_level": "debug" }""");
        await ReloadAsync(daemon, "changed: leases_per_agent, log_level; after a restart: nothing");

        await agent.DoAsync("retrieve", new JsonObject { ["path"] = "a/b" });
        await daemon.SaysAsync(" retrieve: ");
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task Authorities_are_trusted_from_then_on_and_no_longer_than_they_are_listed()
    {
        using var authority = new TestAuthority();
        await using var upstream = await TestUpstream.StartAsync(new UpstreamOptions { Authority = authority });
        await using var home = await FilledAsync("--allow-origin", upstream.Origin);
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        using var agent = await SignedInAsync(home);
        ErrorIs("UPSTREAM_FAILED", await agent.RefusedAsync("use", Request(upstream)));

        authority.WriteCaPem(Path.Join(home.Directory, "authority.pem"));
        home.Configure($$"""{ "egress": { "trusted_ca_file": "{{home.Directory}}/authority.pem" } }""");
        await ReloadAsync(daemon, "changed: egress.trusted_ca_file;");
        Assert.Equal(200, (int)(await agent.DoAsync("use", Request(upstream)))["status"]!);

        // The same file with another authority in it: no key has changed, and the connection that there is was made under the old one.
        using var another = new TestAuthority("another");
        another.WriteCaPem(Path.Join(home.Directory, "authority.pem"));
        await ReloadAsync(daemon, "changed: nothing;");
        ErrorIs("UPSTREAM_FAILED", await agent.RefusedAsync("use", Request(upstream)));
    }

    [Theory]
    [InlineData("""{ "leases_per_agent": 0 }""", "'leases_per_agent' in config.json must be between 1 and 10000")]
    [InlineData("""{ "leases_per_agents": 5 }""", "'leases_per_agents' in config.json is an unknown or repeated key")]
    [InlineData("""{ "leases_per_agent": 5, "egress": { "trusted_ca_file": "none.pem" } }""", "none.pem does not exist")]
    [InlineData("""{ "leases_per_agent": 5, "log_level": "loud" }""", "is not a log level")]
    [InlineData("{", "config.json is not JSON")]
    public async Task A_file_that_is_wrong_is_refused_by_name_and_everything_stays_as_it_was(string json, string says)
    {
        await using var home = await FilledAsync();
        home.Configure("""{ "leases_per_agent": 1 }""");
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        using var agent = await SignedInAsync(home);
        await agent.DoAsync("retrieve", new JsonObject { ["path"] = "a/b" });

        home.Configure(json);
        daemon.Process.SendHangUp();
        await daemon.SaysAsync("config.json not reloaded, nothing changed: ");
        await daemon.SaysAsync(says);

        ErrorIs("RATE_LIMITED", await agent.RefusedAsync("retrieve", new JsonObject { ["path"] = "a/b" }));
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    [Fact]
    public async Task What_needs_another_start_is_named_and_left_as_it_is()
    {
        await using var home = await FilledAsync();
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        home.Configure("""{ "listeners": { "socket": "other.sock" }, "limits": { "request_memory": 128, "connections": 5 } }""");
        await ReloadAsync(daemon, "changed: limits.connections; after a restart: listeners.socket, limits.request_memory");
        Assert.False(File.Exists(Path.Join(home.Vault, "other.sock")));
        using var agent = await SignedInAsync(home);
    }

    [Fact]
    public async Task Other_users_are_let_in_once_they_are_listed()
    {
        await using var home = await FilledAsync();
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        string[] sockets = [home.Socket, Path.Join(home.Vault, "proxy.sock")];
        Assert.All(sockets, socket => Assert.Equal(HostTools.File600, File.GetUnixFileMode(socket)));
        home.Configure("""{ "allowed_uids": [65534] }""");
        await ReloadAsync(daemon, "changed: allowed_uids;");
        await Eventually.HoldsAsync(() => Task.FromResult(sockets.All(socket => File.GetUnixFileMode(socket).HasFlag(UnixFileMode.OtherWrite))));
        home.Configure("{}");
        daemon.Process.SendHangUp();
        await Eventually.HoldsAsync(() => Task.FromResult(sockets.All(socket => File.GetUnixFileMode(socket) == HostTools.File600)));
    }

    [Fact]
    public async Task A_sealed_vault_has_the_new_limits_once_it_is_unsealed()
    {
        await using var home = await FilledAsync();
        await using var daemon = await ForegroundDaemon.StartSealedAsync(home);
        home.Configure("""{ "leases_per_agent": 1 }""");
        await ReloadAsync(daemon, "changed: leases_per_agent;");
        (await home.RunAsync("unseal")).Done();
        using var agent = await SignedInAsync(home);
        await agent.DoAsync("retrieve", new JsonObject { ["path"] = "a/b" });
        ErrorIs("RATE_LIMITED", await agent.RefusedAsync("retrieve", new JsonObject { ["path"] = "a/b" }));
    }

    [Fact]
    public async Task A_throw_away_vault_ends_with_its_terminal_and_leaves_nothing()
    {
        Interrupts.Require();
        await using var home = new SanctumHome();
        var temporary = Directory.CreateDirectory(Path.Join(home.Directory, "tmp")).FullName;
        await using var dev = ForegroundDaemon.Launch(home, ["dev"], ("TMPDIR", temporary));
        await dev.ServingAsync();
        dev.Process.SendHangUp();
        Assert.Equal(0, await dev.EndedAsync());
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    private static async Task<SanctumHome> FilledAsync(params string[] binding)
    {
        var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await home.StoreAsync("a/b", "sk-live-0123456789abcdef", binding);
        await home.RegisterAsync(Agent);
        await home.GrantAsync("all", Agent, "*", "list,retrieve,use");
        return home;
    }

    private static async Task<WireClient> SignedInAsync(SanctumHome home)
    {
        var agent = await WireClient.ConnectAsync(home.Socket);
        await agent.SignInAsync(Agent, home.KeyOf(Agent));
        return agent;
    }

    private static async Task ReloadAsync(ForegroundDaemon daemon, string says)
    {
        daemon.Process.SendHangUp();
        await daemon.SaysAsync("config.json reloaded; " + says);
    }

    private static JsonObject Request(TestUpstream upstream) => new()
    {
        ["path"] = "a/b",
        ["operation"] = "http_request",
        ["params"] = new JsonObject { ["method"] = "GET", ["url"] = $"{upstream.Origin}/echo/headers" },
    };

    private static void ErrorIs(string code, JsonObject error) => Assert.Equal(code, (string?)error["code"]);
}
