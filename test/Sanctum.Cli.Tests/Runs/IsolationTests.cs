namespace Sanctum.Cli.Tests.Runs;

/// <summary><c>sanctum run --isolate</c>: what a program can still reach, and what not.</summary>
public sealed class IsolationTests(RunVault vault) : IClassFixture<RunVault>
{
    private const string Everywhere = "export NO_PROXY= no_proxy=; ";

    [Fact]
    public async Task The_proxy_is_reached_and_the_secret_is_sent()
    {
        var result = await RunAsync($"{Everywhere}curl -sS -H \"Authorization: Bearer $OPENAI_API_KEY\" {vault.Origin}/echo/headers?isolated");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("Bearer [REDACTED]", result.Output, StringComparison.Ordinal);
        Assert.Contains(Assert.Single(vault.Service.Requests, it => it.Target == "/echo/headers?isolated").Headers, it => it.Value == $"Bearer {RunVault.Secret}");
    }

    [Fact]
    public async Task Nothing_is_reached_past_the_proxy()
    {
        var before = vault.Service.Requests.Count;

        var result = await RunAsync($"curl -sS -k --noproxy '*' -m 10 {vault.Origin}/ok/past; echo $?; env -i /usr/bin/curl -sS -k -m 10 {vault.Origin}/ok/past; echo $?");

        Assert.Equal("7\n7\n", result.Output);
        Assert.Equal(before, vault.Service.Requests.Count);
    }

    [Fact]
    public async Task The_vaults_folder_and_other_processes_are_hidden()
    {
        var result = await RunAsync($"find {vault.Folder.Vault} -mindepth 1; cat {vault.Folder.Vault}/keys/bot.key; ls -d /proc/{Environment.ProcessId}; grep CapEff /proc/self/status");

        Assert.Equal($"{vault.Folder.Vault}/proxy.sock\nCapEff:\t0000000000000000\n", result.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_lies_elsewhere_is_hidden_and_so_is_what_opens_it(bool linked)
    {
        RequireBubblewrap();
        var folder = Directory.CreateDirectory(Path.Join(vault.Folder.Home, $"keys-{linked}")).FullName;
        var (key, passphrase) = (Path.Join(folder, "bot.key"), Path.Join(folder, "passphrase"));
        File.Copy(Path.Join(vault.Folder.Vault, "keys/bot.key"), key);
        await File.WriteAllTextAsync(passphrase, "a passphrase of the key");
        File.SetUnixFileMode(passphrase, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var way = linked ? Directory.CreateSymbolicLink(folder + "-link", folder).FullName : folder;

        var result = await vault.RunAsync($"cat {key} {passphrase} {way}/* 2>/dev/null; echo end", ["--isolate", "--key", $"{way}/bot.key", "--key-passphrase-file", $"{way}/passphrase"]);

        Assert.Equal((0, "end\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task The_vault_is_hidden_behind_a_link_too_and_where_there_is_none_nothing_is_made()
    {
        RequireBubblewrap();
        var link = Directory.CreateSymbolicLink(vault.Folder.Home + "-link", vault.Folder.Home).FullName;
        try
        {
            var hidden = await vault.RunAsync($"find {vault.Folder.Vault} -mindepth 1", ["--isolate", "--vault-path", $"{link}/.sanctum"]);
            var absent = Path.Join(vault.Folder.Home, "no-vault");
            var none = await vault.RunAsync("echo done", ["--isolate", "--vault-path", absent, "--socket", $"{vault.Folder.Vault}/vault.sock", "--key", $"{vault.Folder.Vault}/keys/bot.key"]);

            Assert.Equal((0, $"{vault.Folder.Vault}/proxy.sock\n"), (hidden.ExitCode, hidden.Output));
            Assert.Equal((0, "done\n"), (none.ExitCode, none.Output));
            Assert.False(Directory.Exists(absent), "a folder was made");
        }
        finally
        {
            Directory.Delete(link);
        }
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("exec /none/such", 127)]
    public async Task The_exit_code_is_the_programs(string script, int exitCode) => Assert.Equal(exitCode, (await RunAsync(script)).ExitCode);

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_to_the_run_reaches_the_program(string signal)
    {
        RequireBubblewrap();
        var result = await CliProcess.RunAsync(
            ["-c", $"{CliProcess.Path} run --isolate -- /bin/bash -c 'trap \"echo got it; exit 3\" {signal}; echo ready > {vault.Folder.Home}/ready-{signal}; while true; do sleep 0.1; done' & until test -e {vault.Folder.Home}/ready-{signal}; do sleep 0.1; done; kill -{signal} $!; wait $!; echo $?"],
            vault.Environment(), program: "/bin/bash");

        Assert.Equal("got it\n3\n", result.Output);
    }

    [Fact]
    public async Task On_a_terminal_Ctrl_C_reaches_the_program_alone()
    {
        RequireBubblewrap();
        var seen = await CliProcess.TalkAsync("run --isolate -- /bin/bash -c 'trap \"echo got it; exit 5\" INT; echo ready; while true; do sleep 0.1; done'", vault.Environment(("TERM", "xterm-256color")), ("ready\r\n", "\u0003"));

        Assert.Contains("got it", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_bubblewrap_nothing_is_started()
    {
        var refused = await CliProcess.RunAsync(["run", "--isolate", "--", "/bin/true"], vault.Environment(("PATH", "/none")));

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("there is no program 'bwrap'", refused.Errors, StringComparison.Ordinal);
    }

    private static void RequireBubblewrap() => Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");

    private Task<CliResult> RunAsync(string script)
    {
        RequireBubblewrap();
        return vault.RunAsync(script, ["--isolate", "--service", "openai"]);
    }
}
