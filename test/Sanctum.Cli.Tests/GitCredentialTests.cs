using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Hosts;

namespace Sanctum.Cli.Tests;

/// <summary>git asks for passwords with its own program; which hosts get one is what this is about.</summary>
public sealed class GitCredentialTests(AgentVault vault) : IClassFixture<AgentVault>
{
    [Fact]
    public async Task Git_gets_the_secret_of_a_host_that_is_listed()
    {
        var filled = await FillAsync("protocol=https\nhost=github.com\n\n", "--credential github.com=take/token");

        Assert.Equal(0, filled.ExitCode);
        Assert.Contains($"username=x-access-token\npassword={AgentVault.Secret}\n", filled.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("protocol=https\nhost=github.com.evil.example\n\n")]
    [InlineData("protocol=https\nhost=evil.example\npath=github.com\n\n")]
    [InlineData("protocol=https\nhost=github.com:8443\n\n")]
    [InlineData("protocol=https\nhost=github.com@evil.example\n\n")]
    [InlineData("protocol=https\nhost=evil.example/github.com\n\n")]
    [InlineData("protocol=https\nhost=github.com\u0131\n\n")]
    [InlineData("protocol=https\nhost=\n\n")]
    [InlineData("protocol=http\nhost=github.com\n\n")]
    [InlineData("host=github.com\n\n")]
    [InlineData("protocol=https\nhost=github.com\nusername=somebody\n\n")]
    public async Task Another_host_protocol_or_user_gets_nothing(string question)
    {
        var given = await vault.RunAsync("git-credential get --credential github.com=take/token --user ada", question);

        Assert.Equal((0, ""), (given.ExitCode, given.Output));
    }

    [Theory]
    [InlineData("store")]
    [InlineData("erase")]
    [InlineData("capability")]
    public async Task What_else_git_says_changes_nothing(string operation)
    {
        var said = await vault.RunAsync($"git-credential {operation} --credential github.com=take/token", "protocol=https\nhost=github.com\nusername=a\npassword=b\n\n");

        Assert.Equal((0, "", ""), (said.ExitCode, said.Output, said.Errors));
        Assert.Equal(AgentVault.Secret, await vault.DoAsync("read take/token"));
    }

    [Fact]
    public async Task A_secret_that_may_only_be_used_is_not_given_and_git_says_why()
    {
        var filled = await FillAsync("protocol=https\nhost=github.com\n\n", "--credential github.com=use/api");

        Assert.NotEqual(0, filled.ExitCode);
        Assert.DoesNotContain("password=", filled.Output, StringComparison.Ordinal);
        Assert.Contains("agent 'bot' can see use/api, but may not retrieve it", filled.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_of_several_lines_gives_git_no_lines_of_its_own()
    {
        var given = await vault.RunAsync("git-credential get --credential github.com=take/lines", "protocol=https\nhost=github.com\n\n");

        Assert.Equal((1, ""), (given.ExitCode, given.Output));
        Assert.Contains("has line breaks", given.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_users_and_the_agent_can_be_in_a_file()
    {
        var file = vault.Folder.Write("hosts", """{ "agent": "bot", "hosts": { "GitHub.com": { "path": "take/token", "user": "ada" }, "git.example.com:8443": { "path": "take/token" } } } // mine""");
        var environment = vault.Environment(("SANCTUM_AGENT", ""));

        foreach (var (question, expected) in new[] { ("host=github.com", "username=ada\n"), ("host=git.example.com:8443\nusername=bob", "username=bob\n"), ("host=git.example.com", "") })
        {
            var given = await CliProcess.RunAsync(["git-credential", "get", "--hosts-file", file], environment, System.Text.Encoding.UTF8.GetBytes($"protocol=https\n{question}\n\n"));

            Assert.Equal(0, given.ExitCode);
            Assert.StartsWith(expected, given.Output, StringComparison.Ordinal);
            Assert.Equal(expected.Length > 0, given.Output.Length > 0);
        }
    }

    [Theory]
    [InlineData("""{ "hosts": { "a b": { "path": "x" } } }""", "a host is a name")]
    [InlineData("""{ "hosts": { "http://a": { "path": "x" } } }""", "a host is a name")]
    [InlineData("""{ "hosts": { "a": { "path": "../x" } } }""", "the path of 'a' is invalid")]
    [InlineData("""{ "hosts": { "a": null } }""", "the path of 'a' is invalid")]
    [InlineData("""{ "hosts": { "a": { "path": "x" }, "A": { "path": "y" } } }""", "'a' is repeated")]
    [InlineData("""{ "hosts": { "a": { "path": "x", "user": "u\nhost=b" } } }""", "has a line break")]
    [InlineData("{ \"hosts\":\n [] }", "line 2 is not JSON")]
    public void An_invalid_file_is_refused_whole(string json, string error) =>
        Assert.Contains(error, Assert.Throws<CliException>(() => HostCredentials.Parse(System.Text.Encoding.UTF8.GetBytes(json), "hosts.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_in_UTF_16_is_said_to_be_that() => Assert.Contains(
        "UTF-16", Assert.Throws<CliException>(() => HostCredentials.Parse([0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes("{}")], "hosts.json")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_file_that_others_can_write_is_refused()
    {
        var file = vault.Folder.Write("open-hosts", """{ "hosts": { "github.com": { "path": "take/token" } } }""");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

        var refused = await vault.RunAsync($"git-credential get --hosts-file {file}", "protocol=https\nhost=github.com\n\n");

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("can be written by other users", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_without_end_is_refused()
    {
        var refused = await vault.RunAsync("git-credential get", new string('x', 65 * 1024));

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("64 KiB", refused.Errors, StringComparison.Ordinal);
    }

    // git itself, and nothing of the tester's configuration.
    private Task<CliResult> FillAsync(string question, string options) => CliProcess.RunAsync(
        ["-c", "credential.helper=", "-c", $"credential.helper=!{CliProcess.Path} git-credential --agent bot {options}", "credential", "fill"],
        vault.Environment(("GIT_TERMINAL_PROMPT", "0"), ("GIT_CONFIG_NOSYSTEM", "1")),
        System.Text.Encoding.UTF8.GetBytes(question),
        "/usr/bin/git");
}
