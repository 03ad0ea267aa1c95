using System.Text;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class ConfigTests
{
    [Fact]
    public void A_byte_order_mark_before_it_is_not_part_of_it() =>
        Assert.Equal(7, DaemonConfigFile.Parse([.. "\uFEFF"u8, .. """{ "lease_renewals": 7 }"""u8]).LeaseRenewals);

    [Fact]
    public void Without_a_file_and_with_an_empty_one_the_defaults_hold()
    {
        Assert.Equivalent(new DaemonConfig(), Parse("{}"), strict: true);
        Assert.Equal(64, Parse("""{"limits":{}}""").Limits.RequestsInFlight);
        Assert.Equal(3600, Parse("""{"idle_seal":5}""").SessionLifetime);
    }

    [Fact]
    public void Comments_and_trailing_commas_are_allowed()
    {
        var config = Parse("""
            {
              // Nobody is here at night.
              "idle_seal": 900,
              "limits": { "connections": 10, }, /* few agents */
              "allowed_uids": [1001],
            }
            """);

        Assert.Equal((900, 10), (config.IdleSeal, config.Limits.Connections));
        Assert.Equal([1001u], config.AllowedUids);
    }

    [Theory]
    [InlineData("""{"idle_sael":1}""", "'idle_sael'")]
    [InlineData("""{"Idle_Seal":1}""", "'Idle_Seal'")]
    [InlineData("""{"idle_seal":1,"idle_seal":2}""", "'idle_seal'")]
    [InlineData("""{"idle_seal":"1"}""", "'idle_seal'")]
    [InlineData("""{"idle_seal":1.5}""", "'idle_seal'")]
    [InlineData("""{"idle_seal":null}""", "'idle_seal'")]
    [InlineData("""{"idle_seal":-1}""", "'idle_seal'")]
    [InlineData("""{"session_lifetime":0}""", "'session_lifetime'")]
    [InlineData("""{"limits":{"conections":1}}""", "'limits.conections'")]
    [InlineData("""{"limits":{"connections":1,"connections":2}}""", "'limits.connections'")]
    [InlineData("""{"limits":{"connections":true}}""", "'limits.connections'")]
    [InlineData("""{"limits":{"requests_in_flight":0}}""", "'limits.requests_in_flight'")]
    [InlineData("""{"limits":{"request_frame":99999999}}""", "'limits.request_frame'")]
    [InlineData("""{"limits":{"request_tokens":0}}""", "'limits.request_tokens'")]
    [InlineData("""{"limits":null}""", "'limits'")]
    [InlineData("""{"listeners":{"udp":"x"}}""", "'listeners.udp'")]
    [InlineData("""{"allowed_uids":[-1]}""", "'allowed_uids[0]'")]
    [InlineData("""[]""", "config.json")]
    [InlineData("""null""", "config.json")]
    [InlineData("""{"idle_seal":1""", "config.json")]
    [InlineData("""idle_seal = 1""", "config.json")]
    public void What_is_not_understood_is_refused_by_name(string json, string named)
    {
        var refused = Assert.Throws<OperatorException>(() => Parse(json));

        Assert.Equal("INVALID_CONFIG", refused.Code);
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_wins_over_the_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", """{"listeners":{"socket":"/run/a.sock","tcp":"127.0.0.1:1"},"log_level":"debug"}""");

        var file = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.Path });
        var flags = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.Path, Socket = "/run/b.sock", Tcp = "127.0.0.1:2", LogLevel = "error" });

        Assert.Equal(("/run/a.sock", 1, "Debug"), (file.Socket, file.Tcp!.Port, file.LogLevel.ToString()));
        Assert.Equal(("/run/b.sock", 2, "Error"), (flags.Socket, flags.Tcp!.Port, flags.LogLevel.ToString()));
    }

    [Fact]
    public void A_file_that_others_can_write_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", "{}");
        File.SetUnixFileMode(System.IO.Path.Join(folder.Path, "config.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);

        Assert.Throws<OperatorException>(() => DaemonConfigFile.Read(folder.Path));
    }

    [Theory]
    [InlineData("127.0.0.1:8200", true)]
    [InlineData("localhost:8200", true)]
    [InlineData("[::1]:8200", true)]
    [InlineData("127.8.9.10:1", true)]
    [InlineData("0.0.0.0:8200", false)]
    [InlineData("[::]:8200", false)]
    [InlineData("10.0.0.1:8200", false)]
    [InlineData("[::ffff:10.0.0.1]:8200", false)]
    [InlineData("example.com:8200", false)]
    [InlineData("localhost.example.com:8200", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1:", false)]
    [InlineData("127.0.0.1:99999", false)]
    [InlineData("127.0.0.1:-1", false)]
    [InlineData("127.1:8200", false)]
    [InlineData("2130706433:8200", false)]
    [InlineData("::1:8200", false)]
    [InlineData(":8200", false)]
    [InlineData("8200", false)]
    [InlineData("", false)]
    public void Only_loopback_is_listened_on_without_TLS(string address, bool allowed)
    {
        if (allowed)
        {
            Assert.True(System.Net.IPAddress.IsLoopback(Loopback.Parse(address, "it").Address));
            return;
        }

        Assert.Equal("INVALID_CONFIG", Assert.Throws<OperatorException>(() => Loopback.Parse(address, "it")).Code);
    }

    [Fact]
    public void Every_key_is_in_the_documentation()
    {
        var page = File.ReadAllText(System.IO.Path.Join(AppContext.BaseDirectory, "configuration.md"));
        foreach (var member in new[] { typeof(DaemonConfig), typeof(LimitsConfig), typeof(ListenersConfig) }.SelectMany(type => type.GetProperties()))
        {
            if (member.Name != "EqualityContract")
            {
                Assert.Contains($"`{System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name)}`", page, StringComparison.Ordinal);
            }
        }
    }

    private static DaemonConfig Parse(string json) => DaemonConfigFile.Parse(Encoding.UTF8.GetBytes(json));
}
