using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.CommandLine;

/// <summary>The exit codes that scripts rely on, each by its real cause.</summary>
public sealed class ExitCodeTests
{
    [Fact]
    public async Task One_is_refused_or_not_found()
    {
        await using var home = new SanctumHome();
        await FailsAsync(home, 1, "there is no vault in", "list");
        await FailsAsync(home, 1, "there is no vault in", "daemon", "start");
        (await home.RunAsync("init")).Done();
        await FailsAsync(home, 1, "already", "init");
        await FailsAsync(home, 1, "nothing/there", "get", "nothing/there");
        await FailsAsync(home, 1, "", "remove", "nothing/there");
        await FailsAsync(home, 1, "", "agent", "remove", "nobody");
        await FailsAsync(home, 1, "", "policy", "remove", "nothing");
        await FailsAsync(home, 1, "", "lease", "revoke", "00000000000000000000000000000000");
        await home.RegisterAsync("agent");
        await FailsAsync(home, 1, "key file", "agent", "register", "agent");
        Assert.Equal(1, (await home.RunAsync("policy", "simulate", "--agent", "agent", "--resource", "a/b", "--action", "use")).ExitCode);
        await File.WriteAllTextAsync(home.PassphraseFile, "not the passphrase");
        await FailsAsync(home, 1, "passphrase", "list");
    }

    [Fact]
    public async Task Two_is_wrong_usage()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await FailsAsync(home, 2, "did you mean 'list'?", "lst");
        await FailsAsync(home, 2, "did you mean 'start'?", "daemon", "strat");
        await FailsAsync(home, 2, "did you mean '--type'?", "store", "a/b", "--tpye", "x");
        await FailsAsync(home, 2, "", "get");
        await FailsAsync(home, 2, "", "get", "a/b", "c/d");
        await FailsAsync(home, 2, "", "get", "../b");
        await FailsAsync(home, 2, "", "agent", "register", "not a name");
        await FailsAsync(home, 2, "did you mean 'retrieve'?", "policy", "add", "p", "--principal", "agent:a", "--resources", "a/*", "--actions", "retreive");
        await FailsAsync(home, 2, "--last", "audit", "log", "--last", "0");
        await FailsAsync(home, 2, "fewer than 8", "passphrase", "change", "--new-passphrase-file", await FileAsync(home, "short", "seven77"));
        await FailsAsync(home, 2, "no value", "store", "a/b");

        // Nobody is there to be asked.
        foreach (var command in new string[][] { ["list"], ["init", "--vault-path", Path.Join(home.Directory, "other")], ["daemon", "start"], ["backup", "b"] })
        {
            var refused = await home.RunBareAsync("", command);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("no terminal to ask", refused.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Three_is_sealed_and_four_is_no_daemon()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        foreach (var command in new string[][] { ["daemon", "status"], ["daemon", "stop"], ["seal"], ["unseal"], ["login"] })
        {
            await FailsAsync(home, 4, "no daemon is running", command);
        }

        await home.StartDaemonAsync("--sealed");
        foreach (var command in new string[][] { ["list"], ["get", "a/b"], ["login"], ["audit", "verify"], ["backup", "b"], ["agent", "list"] })
        {
            await FailsAsync(home, 3, "sealed", command);
        }

        (await home.RunAsync("daemon", "status")).Done();
        (await home.RunAsync("unseal")).Done();
        (await home.RunAsync("list")).Done();
    }

    [Fact]
    public async Task An_error_is_json_where_json_is_asked_for_and_has_the_same_code()
    {
        await using var home = new SanctumHome();
        foreach (var (exitCode, code, command) in new (int, string, string[])[]
        {
            (1, "NOT_FOUND", ["list"]), (2, "USAGE", ["lst"]), (4, "DAEMON_UNREACHABLE", ["seal", "--vault-path", await MadeAsync(home)]),
        })
        {
            var refused = await home.RunAsync([.. command, "--json"]);
            var error = System.Text.Json.Nodes.JsonNode.Parse(refused.Errors)!["error"]!;
            Assert.Equal((exitCode, exitCode, code), (refused.ExitCode, (int)error["exit_code"]!, (string?)error["code"]));
            Assert.NotEqual("", (string?)error["message"]);
            Assert.Equal("", refused.Output);
        }
    }

    private static async Task<string> MadeAsync(SanctumHome home)
    {
        var path = Path.Join(home.Directory, "made");
        (await home.RunAsync("init", "--vault-path", path)).Done();
        return path;
    }

    private static async Task<string> FileAsync(SanctumHome home, string name, string content)
    {
        await File.WriteAllTextAsync(Path.Join(home.Directory, name), content);
        return Path.Join(home.Directory, name);
    }

    private static async Task FailsAsync(SanctumHome home, int exitCode, string says, params string[] command)
    {
        var refused = await home.RunAsync(command);
        Assert.True(refused.ExitCode == exitCode, $"{string.Join(' ', command)}: exit code {refused.ExitCode}\n{refused.Errors}");
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
        Assert.Equal("", refused.Output);

        // One lower-case line, and at most a hint.
        var lines = refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^sanctum: [^A-Z]", lines[0]);
        Assert.True(lines.Length == 1 || (lines.Length == 2 && lines[1].StartsWith("hint: ", StringComparison.Ordinal)), refused.Errors);
    }
}
