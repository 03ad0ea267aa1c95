using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>What is not encrypted does not leave the machine.</summary>
public sealed class ListenerTests
{
    [Theory]
    [InlineData("--tcp", "0.0.0.0:1")]
    [InlineData("--tcp", "[::]:1")]
    [InlineData("--tcp", "192.0.2.1:8200")]
    [InlineData("--tcp", "example.com:8200")]
    [InlineData("--tcp", "8200")]
    [InlineData("--tcp", "[::ffff:127.0.0.1]:1")]
    [InlineData("--http", "0.0.0.0:1")]
    [InlineData("--http", "[::ffff:192.0.2.1]:1")]
    public async Task An_address_that_others_reach_is_refused(string option, string address)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        foreach (var mode in new string[][] { [], ["--foreground"] })
        {
            var refused = await home.RunAsync(["daemon", "start", option, address, .. mode]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(option, refused.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(4, (await home.RunAsync("daemon", "status")).ExitCode);
    }

    [Fact]
    public async Task The_configuration_does_not_allow_an_address_that_others_reach()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var config = Path.Join(home.Vault, "config.json");
        await File.WriteAllTextAsync(config, """{ "listeners": { "tcp": "0.0.0.0:8200" } }""");
        Assert.Equal(2, (await home.RunAsync("daemon", "start", "--foreground")).ExitCode);

        // A configuration that others write is theirs.
        await File.WriteAllTextAsync(config, "{}");
        File.SetUnixFileMode(config, HostTools.File600 | UnixFileMode.OtherWrite);
        var refused = await home.RunAsync("daemon", "start", "--foreground");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("config.json can be written by other users", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_lets_agents_connect_over_TCP_is_warned_and_who_does_not_is_not()
    {
        await using var home = await SanctumHome.ServingAsync();
        var without = (await home.RunAsync("daemon", "status")).Done();
        Assert.DoesNotContain("warning", without.Errors, StringComparison.Ordinal);
        Assert.Empty((await home.RunAsync("daemon", "status", "--json")).Done().Json["daemon"]!["warnings"]!.AsArray());
        await home.StopDaemonAsync();

        const string warning = "a process that takes the port can relay a sign-in; prefer the Unix socket";
        var started = (await home.RunAsync("daemon", "start", "--tcp", "127.0.0.1:0")).Done();
        try
        {
            Assert.Contains(warning, started.Errors, StringComparison.Ordinal);
            Assert.Contains(warning, (await home.RunAsync("daemon", "status")).Done().Errors, StringComparison.Ordinal);
            var json = (await home.RunAsync("daemon", "status", "--json")).Done();
            Assert.Contains(warning, (string)Assert.Single(json.Json["daemon"]!["warnings"]!.AsArray())!, StringComparison.Ordinal);
            Assert.Empty(json.Errors);
            Assert.Contains(warning, await File.ReadAllTextAsync(Path.Join(home.Vault, "daemon.log")), StringComparison.Ordinal);
        }
        finally
        {
            await home.StopDaemonAsync();
        }
    }

    [Fact]
    public async Task On_loopback_agents_are_served_as_on_the_socket()
    {
        await using var home = await SanctumHome.ServingAsync("--tcp", "127.0.0.1:0");
        var tcp = await home.ListenerAsync("tcp");
        await home.RegisterAsync("reader");
        await home.StoreAsync("a/b", "a value");
        await home.GrantAsync("reader", "reader", "a/*", "retrieve");
        using var wire = await WireClient.ConnectAsync(tcp);
        await wire.SignInAsync("reader", home.KeyOf("reader"));
        var retrieved = await wire.DoAsync("retrieve", new() { ["path"] = "a/b" });
        Assert.Equal(Convert.ToHexStringLower("a value"u8), (string?)retrieved["value"]);

        // A session is its connection's, whatever it came in by.
        using var other = await WireClient.ConnectAsync(home.Socket);
        var stolen = WireClient.Error(await other.CallAsync("retrieve", new() { ["path"] = "a/b", ["session_id"] = wire.SessionId }));
        Assert.Equal("SESSION_EXPIRED", (string?)stolen["code"]);
    }
}
