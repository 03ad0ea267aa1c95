using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum mcp install</c>: an entry is put into a host's file, and nothing else there changes.</summary>
public sealed class McpInstallTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("claude", ".claude.json", """{"mcpServers":{"sanctum":{"command":"COMMAND","args":["mcp","serve","--agent","coder"]}}}""")]
    [InlineData("cursor", ".cursor/mcp.json", """{"mcpServers":{"sanctum":{"command":"COMMAND","args":["mcp","serve","--agent","coder"]}}}""")]
    [InlineData("gemini", ".gemini/settings.json", """{"mcpServers":{"sanctum":{"command":"COMMAND","args":["mcp","serve","--agent","coder"]}}}""")]
    [InlineData("vscode", ".config/Code/User/mcp.json", """{"servers":{"sanctum":{"type":"stdio","command":"COMMAND","args":["mcp","serve","--agent","coder"]}}}""")]
    [InlineData("opencode", ".config/opencode/opencode.json", """{"mcp":{"sanctum":{"type":"local","command":["COMMAND","mcp","serve","--agent","coder"],"enabled":true}}}""")]
    public async Task An_entry_is_written_as_each_host_wants_it(string host, string file, string expected)
    {
        var written = await InstallAsync($"mcp install {host} --agent coder");
        var shown = await InstallAsync($"mcp install {host} --agent coder --print");

        Assert.Equal(0, written.ExitCode);
        var content = await File.ReadAllTextAsync(Path.Join(_folder.Home, file));
        Assert.Equal(Normal(expected.Replace("COMMAND", CliProcess.Path, StringComparison.Ordinal)), Normal(content));
        Assert.Equal(Normal(content), Normal(shown.Output));
        Assert.Contains(file, shown.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_in_toml_is_a_table_at_the_end()
    {
        var file = Path.Join(_folder.Home, ".codex/config.toml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "model = \"x\" # mine\n\n[mcp_servers.other]\ncommand = \"other\"\n");

        var written = await InstallAsync("mcp install codex --agent coder");
        var again = await InstallAsync("mcp install codex --agent coder");
        var forced = await InstallAsync("mcp install codex --agent second --force");

        Assert.Equal((0, 1, 0), (written.ExitCode, again.ExitCode, forced.ExitCode));
        Assert.Contains("has an entry 'sanctum' already", again.Errors, StringComparison.Ordinal);
        Assert.Equal(
            $"model = \"x\" # mine\n\n[mcp_servers.other]\ncommand = \"other\"\n\n[mcp_servers.sanctum]\ncommand = \"{CliProcess.Path}\"\nargs = [\"mcp\", \"serve\", \"--agent\", \"second\"]\n",
            await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task What_else_is_in_a_file_stays_with_its_mode_and_behind_its_link()
    {
        var real = Path.Join(_folder.Home, "dotfiles.json");
        await File.WriteAllTextAsync(real, """{"théme":"dark","big":12345678901234567890.10,"mcpServers":{"other":{"command":"x"}},"last":[]}""");
        File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Directory.CreateDirectory(Path.Join(_folder.Home, ".cursor"));
        File.CreateSymbolicLink(Path.Join(_folder.Home, ".cursor/mcp.json"), real);

        var written = await InstallAsync("mcp install cursor --agent coder");

        Assert.Equal(0, written.ExitCode);
        var text = await File.ReadAllTextAsync(real);
        var members = JsonElement.Parse(text).EnumerateObject().Select(member => member.Name);
        Assert.Equal(["théme", "big", "mcpServers", "last"], members);
        Assert.Contains("12345678901234567890.10", text, StringComparison.Ordinal);
        Assert.Contains("théme", text, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(real));
        Assert.NotNull(new FileInfo(Path.Join(_folder.Home, ".cursor/mcp.json")).LinkTarget);
    }

    [Theory]
    [InlineData("{ // mine\n}")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("{\"mcpServers\":[]}")]
    [InlineData("{\"mcpServers\":{},\"mcpServers\":{}}")]
    [InlineData("{\"mcpServers\":{\"sanctum\":{\"command\":\"mine\"}}}")]
    public async Task A_file_that_is_something_else_is_not_changed(string content)
    {
        var file = Path.Join(_folder.Home, ".mcp.json");
        await File.WriteAllTextAsync(file, content);

        var refused = await InstallAsync("mcp install claude --agent coder --project");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("was not changed", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(file));
        Assert.Empty(Directory.GetFiles(_folder.Home, "*.partial"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_projects_file_that_is_a_link_is_not_written_through(bool isThere)
    {
        var elsewhere = Path.Join(_folder.Home, "elsewhere.json");
        if (isThere)
        {
            await File.WriteAllTextAsync(elsewhere, "{}");
        }

        File.CreateSymbolicLink(Path.Join(_folder.Home, ".mcp.json"), elsewhere);

        var refused = await InstallAsync("mcp install claude --agent coder --project");

        Assert.Equal(1, refused.ExitCode);
        Assert.Equal(isThere ? "{}" : null, File.Exists(elsewhere) ? await File.ReadAllTextAsync(elsewhere) : null);
    }

    [Theory]
    [InlineData("mcp install cluade --agent coder", 2, "did you mean 'claude'?")]
    [InlineData("mcp install netscape --agent coder", 2, "it is one of claude, codex, cursor, gemini, opencode, vscode")]
    [InlineData("mcp install claude", 2, "name one with --agent NAME")]
    [InlineData("mcp install claude --agent 'x", 2, "agent")]
    public async Task What_is_missing_or_wrong_is_said(string command, int exitCode, string says)
    {
        var refused = await InstallAsync(command);

        Assert.Equal(exitCode, refused.ExitCode);
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Join(_folder.Home, ".mcp.json")));
    }

    private Task<CliResult> InstallAsync(string command) => CliProcess.RunAsync(["-C", _folder.Home, CliProcess.Path, .. command.Split(' ')], _folder.Environment, program: "/usr/bin/env");

    private static string Normal(string json) => JsonSerializer.Serialize(JsonElement.Parse(json));
}
