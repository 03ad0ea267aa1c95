namespace Sanctum.Cli.Tests;

/// <summary>Where the passphrase comes from, tried on a real vault: only the right one opens it.</summary>
public sealed class PassphraseTests : IAsyncLifetime
{
    private const string Wrong = "some other words";
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task The_file_comes_before_the_variable()
    {
        _folder.Environment["SANCTUM_PASSPHRASE"] = Wrong;
        var file = _folder.Write("passphrase", CliFolder.Passphrase);

        await _folder.DoAsync($"list --passphrase-file {file}");
    }

    [Fact]
    public async Task The_variable_comes_before_the_systemd_credential()
    {
        _folder.Write("sanctum-passphrase", Wrong);
        _folder.Environment["CREDENTIALS_DIRECTORY"] = _folder.Home;

        await _folder.DoAsync("list");
    }

    [Fact]
    public async Task The_systemd_credential_comes_before_the_terminal()
    {
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        _folder.Write("sanctum-passphrase", CliFolder.Passphrase + "\n");
        _folder.Environment["CREDENTIALS_DIRECTORY"] = _folder.Home;

        await _folder.DoAsync("list");
    }

    [Theory]
    [InlineData("\n", 0)]
    [InlineData("\r\n", 0)]
    [InlineData("\n\n", 1)]
    [InlineData(" ", 1)]
    public async Task One_newline_at_the_end_of_a_file_is_not_part_of_it(string end, int exitCode)
    {
        var file = _folder.Write("passphrase", CliFolder.Passphrase + end);

        Assert.Equal(exitCode, (await _folder.RunAsync($"list --passphrase-file {file}")).ExitCode);
    }

    [Fact]
    public async Task A_byte_order_mark_before_it_is_not_part_of_it()
    {
        var file = _folder.Write("passphrase", $"\uFEFF{CliFolder.Passphrase}\r\n");

        await _folder.DoAsync($"list --passphrase-file {file}");
        _folder.Environment["SANCTUM_PASSPHRASE"] = $"\uFEFF{CliFolder.Passphrase}\n";
        await _folder.DoAsync("list");
    }

    [Fact]
    public async Task A_file_in_UTF_16_is_said_to_be_that()
    {
        var file = Path.Join(_folder.Home, "passphrase");
        await File.WriteAllTextAsync(file, CliFolder.Passphrase, System.Text.Encoding.Unicode, TestContext.Current.CancellationToken);

        var result = await _folder.RunAsync($"list --passphrase-file {file}");

        Assert.Equal((2, "sanctum: the file of --passphrase-file is UTF-16 text\nhint: save it as UTF-8\n"), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task A_tilde_that_no_shell_has_seen_is_the_home_folder()
    {
        _folder.Write("passphrase", CliFolder.Passphrase);

        await _folder.DoAsync("list --vault-path=~/.sanctum --passphrase-file=~/passphrase");
        await _folder.DoAsync("backup ~/vault.backup");
        await _folder.DoAsync("restore ~/vault.backup --vault-path=~/second");
        _folder.Environment["SANCTUM_VAULT_PATH"] = "~/second";
        await _folder.DoAsync("list");
        await _folder.DoAsync("daemon start --socket=~/agents.sock --proxy-socket=~/proxy.sock");
        var hasSocket = File.Exists(Path.Join(_folder.Home, "agents.sock")) && File.Exists(Path.Join(_folder.Home, "proxy.sock"));
        await _folder.DoAsync("agent register bot");
        File.Move(Path.Join(_folder.Home, "second/keys/bot.key"), Path.Join(_folder.Home, "moved.key"));
        await _folder.DoAsync("store a/b", "sk-live-0123456789abcdef");
        await _folder.DoAsync("policy add p --principal agent:bot --resources a/* --actions retrieve");
        await _folder.DoAsync("read a/b --agent bot --key=~/moved.key --socket=~/agents.sock");
        await _folder.DoAsync("daemon stop");

        Assert.True(hasSocket);
        Assert.Equal((true, true), (File.Exists(Path.Join(_folder.Home, "vault.backup")), Directory.Exists(Path.Join(_folder.Home, "second"))));
        Assert.False(Directory.Exists("~"));
    }

    [Fact]
    public async Task A_command_without_a_passphrase_and_a_terminal_says_how_to_give_one()
    {
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");

        var result = await _folder.RunAsync("list");

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("SANCTUM_PASSPHRASE", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    public async Task A_file_that_gives_none_is_a_mistake_and_nothing_else_is_tried(string name)
    {
        _folder.Write("empty", "");

        Assert.Equal(2, (await _folder.RunAsync($"list --passphrase-file {_folder.Home}/{name}")).ExitCode);
    }

    [Theory]
    [InlineData("1234567", 2)]
    [InlineData("ääääääa", 2)]
    [InlineData("12345678", 0)]
    [InlineData("ääääääää", 0)]
    public async Task A_new_one_has_at_least_eight_characters(string passphrase, int exitCode)
    {
        _folder.Environment["SANCTUM_PASSPHRASE"] = passphrase;

        Assert.Equal(exitCode, (await _folder.RunAsync($"init --vault-path {_folder.Home}/other")).ExitCode);
        Assert.Equal(exitCode == 0, Directory.Exists($"{_folder.Home}/other"));
    }

    [Theory]
    [InlineData(65536, 0)]
    [InlineData(65537, 2)]
    [InlineData(70005, 2)]
    public async Task A_long_passphrase_is_never_cut(int bytes, int exitCode)
    {
        var file = _folder.Write("long", new string('x', bytes - 1) + "y\n");
        var other = _folder.Write("other", new string('x', bytes - 1) + "z\n");
        var made = await _folder.RunAsync($"init --vault-path {_folder.Home}/other-vault --passphrase-file {file}");

        Assert.Equal(exitCode, made.ExitCode);
        Assert.Equal(exitCode == 0 ? 1 : 2, (await _folder.RunAsync($"list --passphrase-file {file}")).ExitCode);
        Assert.Equal(exitCode, (await _folder.RunAsync($"passphrase change --new-passphrase-file {file}")).ExitCode);
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        Assert.Equal(exitCode, (await _folder.RunAsync($"daemon start --passphrase-file {file}")).ExitCode);
        if (exitCode == 0)
        {
            await _folder.DoAsync($"daemon stop --passphrase-file {file}");
            await _folder.DoAsync($"list --vault-path {_folder.Home}/other-vault --passphrase-file {file}");
            Assert.Equal(1, (await _folder.RunAsync($"list --passphrase-file {other}")).ExitCode);
        }
    }

    [Fact]
    public async Task What_is_not_text_in_the_variable_is_refused_and_not_made_into_one_and_the_same_character()
    {
        // .NET can't put such a byte into a variable, and the shell can.
        var result = await CliProcess.RunAsync(
            ["-c", $"SANCTUM_PASSPHRASE=$(printf 'correct horse \\377') exec {CliProcess.Path} list"], _folder.Environment, program: "/bin/sh");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("SANCTUM_PASSPHRASE is not UTF-8 text", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_typed_in_a_file_names_place_is_not_repeated()
    {
        foreach (var option in new[] { "--passphrase-file", "--new-passphrase-file", "--key-passphrase-file" })
        {
            foreach (var pasted in new[] { "hunter2canary", new string('c', 300) + "canary" })
            {
                var result = await _folder.RunAsync($"{(option[2] == 'n' ? "passphrase change" : option[2] == 'k' ? "agent register a" : "list")} {option} {pasted} --verbose");

                Assert.Equal(2, result.ExitCode);
                Assert.DoesNotContain("canary", result.Errors, StringComparison.Ordinal);
                Assert.Contains(option, result.Errors, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task It_can_be_changed_and_only_the_new_one_opens_then()
    {
        var replacement = _folder.Write("new", Wrong);
        await _folder.DoAsync($"passphrase change --new-passphrase-file {replacement}");

        Assert.Equal(1, (await _folder.RunAsync("list")).ExitCode);
        _folder.Environment["SANCTUM_PASSPHRASE"] = Wrong;
        await _folder.DoAsync("list");
    }

    [Fact]
    public async Task A_passphrase_typed_on_a_terminal_is_asked_for_twice_and_not_shown()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs script(1), of util-linux, for a terminal");
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        _folder.Environment["SHELL"] = "/bin/sh";

        var seen = await CliProcess.TalkAsync(
            $"--vault-path {_folder.Home}/typed init", _folder.Environment,
            ("New passphrase: ", "typed-canarx\u007fy\r"), ("Confirm passphrase: ", "typed-canary\r"));

        Assert.Contains("created a vault", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("canar", seen, StringComparison.Ordinal);
        _folder.Environment["SANCTUM_PASSPHRASE"] = "typed-canary";
        await _folder.DoAsync($"list --vault-path {_folder.Home}/typed");
    }
}
