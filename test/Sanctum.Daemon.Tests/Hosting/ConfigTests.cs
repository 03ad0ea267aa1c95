using System.Text;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

public sealed class ConfigTests
{
    [Fact]
    public void A_password_of_the_database_is_said_nowhere()
    {
        const string Password = "correct-horse-0123456789";
        var config = DaemonConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{ "store": { "postgres": "Host=/run/pg;Username=vault;Password={{Password}}" } }"""));
        Assert.DoesNotContain(Password, config.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, config.Store.ToString(), StringComparison.Ordinal);
        var refused = Assert.Throws<OperatorException>(() => DaemonConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{ "store": { "postgres": "Hosts={{Password}}" } }""")));
        Assert.DoesNotContain(Password, refused.ToString(), StringComparison.Ordinal);
    }

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
    [InlineData("""{"drain_seconds":-1}""", "'drain_seconds'")]
    [InlineData("""{"drain_seconds":3601}""", "'drain_seconds'")]
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
    public void A_file_in_UTF_16_is_said_to_be_that()
    {
        var refused = Assert.Throws<OperatorException>(() => DaemonConfigFile.Parse([0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes("{}")]));

        Assert.Equal("INVALID_CONFIG", refused.Code);
        Assert.Contains("UTF-16", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tilde_in_the_file_is_the_home_folder()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", """{"listeners":{"socket":"~/a.sock","proxy_socket":"~/p.sock"},"egress":{"trusted_ca_file":"~/none-such.pem"}}""");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

        var settings = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.Path });
        var missing = Assert.ThrowsAny<Exception>(() => settings.VaultOptions);

        Assert.Equal((Path.Join(home, "a.sock"), Path.Join(home, "p.sock")), (settings.Socket, settings.ProxySocket));
        Assert.Contains(Path.Join(home, "none-such.pem"), missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_wins_over_the_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", """{"listeners":{"socket":"/run/a.sock","tcp":"127.0.0.1:1","proxy_socket":"/run/c.sock"},"log_level":"debug"}""");

        var file = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.Path });
        var flags = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.Path, Socket = "/run/b.sock", Tcp = "127.0.0.1:2", ProxySocket = "/run/d.sock", LogLevel = "error" });

        Assert.Equal(("/run/a.sock", 1, "/run/c.sock", "Debug"), (file.Socket, file.Tcp!.Port, file.ProxySocket, file.LogLevel.ToString()));
        Assert.Equal(("/run/b.sock", 2, "/run/d.sock", "Error"), (flags.Socket, flags.Tcp!.Port, flags.ProxySocket, flags.LogLevel.ToString()));
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
    public void Every_key_is_in_the_documentation_with_its_default()
    {
        var rows = Documented();
        var defaults = System.Text.Json.JsonSerializer.SerializeToNode(new DaemonConfig(), DaemonConfigJson.Default.DaemonConfig)!.AsObject();
        foreach (var name in ConfigChange.Keys())
        {
            var parts = name.Split('.');
            Assert.True(rows.TryGetValue(name, out var documented), $"'{name}' is not in configuration.md");
            if ((parts.Length == 1 ? defaults[name] : defaults[parts[0]]![parts[1]]) is { } value)
            {
                Assert.Equal($"{name}: {value.ToJsonString().Trim('"')}", $"{name}: {documented}");
            }
        }
    }

    // "| · `name` | default | what it is |", below "| `group` | | what they are |".
    private static Dictionary<string, string> Documented()
    {
        var (rows, group) = (new Dictionary<string, string>(StringComparer.Ordinal), "");
        foreach (var line in File.ReadLines(System.IO.Path.Join(AppContext.BaseDirectory, "configuration.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            var isMember = cells[1].StartsWith('·');
            var name = cells[1].Trim('·', ' ', '`');
            group = isMember ? group : name;
            rows[isMember ? $"{group}.{name}" : name] = cells[2].Trim('`');
        }

        return rows;
    }

    private static DaemonConfig Parse(string json) => DaemonConfigFile.Parse(Encoding.UTF8.GetBytes(json));
}
