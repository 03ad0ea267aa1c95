using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class ConfigChangeTests
{
    [Fact]
    public void Every_key_that_waits_for_another_start_is_a_key() => Assert.Empty(ConfigChange.Waiting.Except(ConfigChange.Keys()));

    [Fact]
    public void What_waits_keeps_its_value_and_all_else_is_new()
    {
        var running = DaemonConfigFile.Parse("""{ "listeners": { "tcp": "127.0.0.1:1" }, "allowed_uids": [1], "idle_seal": 5 }"""u8);
        var read = DaemonConfigFile.Parse("""{ "listeners": { "tcp": "127.0.0.1:2" }, "allowed_uids": [1, 2], "idle_seal": 5, "limits": { "connections": 9 } }"""u8);

        var change = ConfigChange.Between(running, read);

        Assert.Equal(["limits.connections", "allowed_uids"], change.Now);
        Assert.Equal(["listeners.tcp"], change.Later);
        Assert.Equal("127.0.0.1:1", change.Config.Listeners.Tcp);
        Assert.Equal([1u, 2u], change.Config.AllowedUids);
        Assert.Equal((5, 9), (change.Config.IdleSeal, change.Config.Limits.Connections));
    }

    [Fact]
    public void The_same_configuration_changes_nothing()
    {
        var change = ConfigChange.Between(new DaemonConfig(), DaemonConfigFile.Parse("{}"u8));
        Assert.Empty(change.Now);
        Assert.Empty(change.Later);
    }
}
