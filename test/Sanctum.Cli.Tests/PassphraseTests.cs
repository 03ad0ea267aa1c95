namespace Sanctum.Cli.Tests;

/// <summary>Where the passphrase comes from, tried on a real vault: only the right one opens it.</summary>
public sealed class PassphraseTests : IAsyncLifetime
{
    private const string Wrong = "some other words";
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.DoAsync("init");

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
    public async Task With_none_and_no_terminal_it_says_how_to_give_one()
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
    public async Task On_a_terminal_it_is_asked_for_twice_and_not_shown()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs script(1), of util-linux, for a terminal");
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        _folder.Environment["SHELL"] = "/bin/sh";

        var seen = await CliProcess.TalkAsync(
            $"--vault-path {_folder.Home}/typed init", _folder.Environment,
            ("New passphrase: ", "typed-canarx\u007fy\r"), ("The same again: ", "typed-canary\r"));

        Assert.Contains("made a vault", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("canar", seen, StringComparison.Ordinal);
        _folder.Environment["SANCTUM_PASSPHRASE"] = "typed-canary";
        await _folder.DoAsync($"list --vault-path {_folder.Home}/typed");
    }
}
