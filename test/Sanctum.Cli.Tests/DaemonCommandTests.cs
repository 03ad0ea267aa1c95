using System.Text;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>Commands with a daemon in its own process.</summary>
public sealed class DaemonCommandTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task It_responds_once_started_and_is_gone_once_stopped()
    {
        var started = (await _folder.JsonAsync("daemon start")).GetProperty("daemon");
        var status = await _folder.JsonAsync("daemon status");

        Assert.True(status.GetProperty("running").GetBoolean());
        Assert.Equal(started.GetProperty("process_id").GetInt32(), status.GetProperty("daemon").GetProperty("process_id").GetInt32());
        await _folder.DoAsync("daemon stop");
        await _folder.DoAsync("daemon start"); // At once, so stop has waited for all of it.
        await _folder.DoAsync("daemon stop");
        var gone = await _folder.RunAsync("daemon status --json");
        Assert.Equal(4, gone.ExitCode);
        Assert.False(JsonDocument.Parse(gone.Output).RootElement.GetProperty("running").GetBoolean());
    }

    [Fact]
    public async Task A_second_one_says_so_and_leaves_the_first_alone()
    {
        await _folder.DoAsync("daemon start");

        Assert.Equal(1, (await _folder.RunAsync("daemon start")).ExitCode);
        Assert.Equal(1, (await _folder.RunAsync("daemon start --foreground")).ExitCode);
        await _folder.DoAsync("daemon status");
    }

    [Fact]
    public async Task What_keeps_it_from_starting_is_said_and_nothing_is_left_running()
    {
        _folder.Environment["SANCTUM_PASSPHRASE"] = "not the passphrase";
        var wrong = await _folder.RunAsync("daemon start");
        _folder.Environment["SANCTUM_PASSPHRASE"] = CliFolder.Passphrase;
        File.WriteAllText(Path.Join(_folder.Vault, "config.json"), """{"colour": "red"}""");
        File.SetUnixFileMode(Path.Join(_folder.Vault, "config.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var config = await _folder.RunAsync("daemon start");
        File.Delete(Path.Join(_folder.Vault, "config.json"));

        Assert.Equal((1, 2), (wrong.ExitCode, config.ExitCode));
        Assert.Contains("passphrase", wrong.Errors, StringComparison.Ordinal);
        Assert.Contains("colour", config.Errors, StringComparison.Ordinal);
        Assert.Equal(4, (await _folder.RunAsync("daemon status")).ExitCode);
    }

    [Fact]
    public async Task Sealed_and_unsealed_have_their_exit_codes()
    {
        await _folder.DoAsync("daemon start --sealed");
        Assert.Equal(3, (await _folder.RunAsync("list")).ExitCode);
        Assert.Equal(3, (await _folder.RunAsync("login")).ExitCode);

        await _folder.DoAsync("unlock");
        await _folder.DoAsync("list");

        await _folder.DoAsync("lock");
        Assert.Equal(3, (await _folder.RunAsync("get a/b")).ExitCode);
        await _folder.DoAsync("daemon stop"); // Also without a passphrase that could be proved.
    }

    [Fact]
    public async Task A_token_stands_for_the_passphrase_while_the_vault_is_unsealed()
    {
        await _folder.DoAsync("daemon start");
        var login = await _folder.RunAsync("login");
        var token = login.Output.TrimEnd('\n');
        Assert.DoesNotContain(token, login.Errors, StringComparison.Ordinal);

        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        Assert.Equal(2, (await _folder.RunAsync("list")).ExitCode);
        _folder.Environment["SANCTUM_TOKEN"] = token;
        await _folder.DoAsync("list");
        await _folder.DoAsync("seal");
        Assert.Equal(3, (await _folder.RunAsync("list")).ExitCode);

        _folder.Environment["SANCTUM_PASSPHRASE"] = CliFolder.Passphrase;
        await _folder.DoAsync("unseal");
        Assert.Equal(1, (await _folder.RunAsync("list")).ExitCode);
    }

    [Fact]
    public async Task Its_arguments_environment_and_log_hold_no_secret_and_its_log_is_private()
    {
        _folder.Environment["SANCTUM_TOKEN"] = "canary-token";
        var process = (await _folder.JsonAsync("daemon start --tcp 127.0.0.1:0")).GetProperty("daemon").GetProperty("process_id").GetInt32();
        _folder.Environment.Remove("SANCTUM_TOKEN");
        await _folder.DoAsync("store a/b", "canary-secret");

        var log = Path.Join(_folder.Vault, "daemon.log");
        var seen = File.ReadAllText($"/proc/{process}/cmdline") + Readable($"/proc/{process}/environ") + File.ReadAllText(log);

        Assert.Contains("hand-over", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(CliFolder.Passphrase, seen, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", seen, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
        Assert.Empty(Directory.GetFiles(_folder.Home, $"dotnet-diagnostic-{process}-*"));
    }

    [Fact]
    public async Task A_port_that_the_system_chose_is_shown_wherever_it_is_asked_for()
    {
        var started = (await _folder.JsonAsync("daemon start --tcp 127.0.0.1:0")).GetProperty("daemon");
        var tcp = started.GetProperty("tcp").GetString()!;

        Assert.StartsWith("127.0.0.1:", tcp, StringComparison.Ordinal);
        Assert.DoesNotMatch(":0$", tcp);
        Assert.Equal(JsonValueKind.Null, started.GetProperty("http").ValueKind);
        Assert.Contains($"tcp          {tcp}\n", await _folder.DoAsync("daemon status"), StringComparison.Ordinal);
        var log = File.ReadAllText(Path.Join(_folder.Vault, "daemon.log"));
        Assert.Contains($" {tcp}, operators on ", log, StringComparison.Ordinal);
        Assert.Contains("(no HTTP)", log, StringComparison.Ordinal);
        Assert.DoesNotContain("(null)", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_a_link_is_not_written_to()
    {
        var target = _folder.Write("target", "");
        File.CreateSymbolicLink(Path.Join(_folder.Vault, "daemon.log"), target);

        Assert.Equal(1, (await _folder.RunAsync("daemon start")).ExitCode);
        Assert.Equal("", File.ReadAllText(target));
    }

    [Fact]
    public async Task Commands_do_the_same_with_a_daemon_as_without_one()
    {
        await _folder.DoAsync("store a/b --raw", "one");
        await _folder.DoAsync("daemon start");

        Assert.Equal("one", await _folder.DoAsync("get a/b"));
        await _folder.DoAsync("store a/c", "two");
        await _folder.DoAsync("agent register bot");
        await _folder.DoAsync("policy add p --principal agent:bot --resources a/* --actions retrieve --condition require_approval=true");
        Assert.Equal(1, (await _folder.RunAsync("policy simulate --agent bot --resource x --action retrieve")).ExitCode);
        await _folder.DoAsync("audit verify");
        await _folder.DoAsync($"backup {_folder.Home}/backup");
        await _folder.DoAsync("remove a/c");
        Assert.Equal("a/b", (await _folder.JsonAsync("list")).GetProperty("credentials")[0].GetProperty("path").GetString());
        await _folder.DoAsync("daemon stop");
        Assert.Equal("p", (await _folder.JsonAsync("policy list")).GetProperty("policies")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_demo_tells_all_of_it_and_leaves_nothing_behind()
    {
        var result = await _folder.RunAsync("demo");

        Assert.True(result.ExitCode == 0, result.Errors + result.Output);
        Assert.Contains($"All {(File.Exists("/usr/bin/curl") ? 26 : 23)} checks passed", result.Output, StringComparison.Ordinal);
        Assert.Equal([_folder.Vault], Directory.GetFileSystemEntries(_folder.Home)); // Its temporary folder is there too.
    }

    // A process that can't be dumped hides its environment even from its own user; root reads it all the same.
    private static string Readable(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
