using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>Which files <c>sanctum mcp install</c> writes: the user's own, or a project's. What it leaves alone, it says.</summary>
public sealed class McpInstallPlaceTests : IAsyncLifetime
{
    private static readonly string Token = FakeSecrets.All["GitHub token"], Plain = FakeSecrets.Random(32), Other = FakeSecrets.Random(33);

    private readonly CliFolder _folder = new();

    private string Project => Path.Join(_folder.Home, "src", "shop");

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        Directory.CreateDirectory(Project);
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("claude", ".claude.json", ".mcp.json")]
    [InlineData("codex", ".codex/config.toml", ".codex/config.toml")]
    [InlineData("cursor", ".cursor/mcp.json", ".cursor/mcp.json")]
    [InlineData("gemini", ".gemini/settings.json", ".gemini/settings.json")]
    [InlineData("opencode", ".config/opencode/opencode.json", "opencode.json")]
    [InlineData("vscode", ".config/Code/User/mcp.json", ".vscode/mcp.json")]
    public async Task Each_host_has_a_file_of_the_users_and_one_of_a_project(string host, string user, string project)
    {
        var (users, projects) = (Path.Join(_folder.Home, user), Path.Join(Project, project));

        var printed = await InstallAsync($"{host} --print --project {Project}");
        Assert.Equal((0, false, false), (printed.ExitCode, File.Exists(users), File.Exists(projects)));
        Assert.Contains(projects, printed.Errors, StringComparison.Ordinal);

        var written = await InstallAsync($"{host} --project {Project}");
        Assert.Equal((0, false, true), (written.ExitCode, File.Exists(users), File.Exists(projects)));
        Assert.Contains($"wrote the entry 'sanctum' into {projects}", written.Output, StringComparison.Ordinal);
        Assert.Equal(printed.Output.TrimEnd(), (await File.ReadAllTextAsync(projects)).TrimEnd());

        // From within the project, its folder need not be named. The other file is not touched, and is told of.
        var before = await File.ReadAllTextAsync(projects);
        var second = await InstallAsync(host, Project);
        Assert.Equal((0, true, before), (second.ExitCode, File.Exists(users), await File.ReadAllTextAsync(projects)));
        Assert.Contains($"wrote the entry 'sanctum' into {users}", second.Output, StringComparison.Ordinal);
        Assert.Contains($"{projects} has an entry of this name as well", second.Errors, StringComparison.Ordinal);
        var third = await InstallAsync($"{host} --project --force --json", Project);
        var elsewhere = Assert.Single(JsonElement.Parse(third.Output).GetProperty("elsewhere").EnumerateArray());
        Assert.Equal((users, true), (elsewhere.GetProperty("file").GetString(), elsewhere.GetProperty("has_entry").GetBoolean()));
    }

    [Theory]
    [InlineData("claude", "CLAUDE_CONFIG_DIR", ".claude.json")]
    [InlineData("codex", "CODEX_HOME", "config.toml")]
    [InlineData("opencode", "XDG_CONFIG_HOME", "opencode/opencode.json")]
    [InlineData("vscode", "XDG_CONFIG_HOME", "Code/User/mcp.json")]
    public async Task A_variable_of_the_hosts_says_where_the_users_file_is(string host, string variable, string file)
    {
        _folder.Environment[variable] = Path.Join(_folder.Home, "elsewhere");
        Assert.Equal(0, (await InstallAsync(host)).ExitCode);
        Assert.True(File.Exists(Path.Join(_folder.Home, "elsewhere", file)));

        _folder.Environment[variable] = "elsewhere";
        var refused = await InstallAsync(host);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"{variable} is not a whole path", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_users_file_of_claude_has_servers_of_single_projects_too()
    {
        var file = Path.Join(_folder.Home, ".claude.json");
        var text = """
            {
              "numStartups": 12.50,
              "projects": {
                "/home/u/shop": {"history": ["one"], "mcpServers": {"github": {"type": "stdio", "command": "npx", "args": ["-y"], "env": {"GITHUB_TOKEN": "%1"}}}},
                "/home/u/site": {"mcpServers": {"github": {"command": "npx", "env": {"APP_TOKEN": "%2", "KEEP": "1"}}}, "allowed": true},
                "/home/u/none": {"allowed": false}
              },
              "mcpServers": {"far": {"type": "http", "url": "https://mcp.example.com/mcp", "headers": {"Authorization": "Bearer %3"}}}
            }
            """;
        await File.WriteAllTextAsync(file, text.Replace("%1", Token, StringComparison.Ordinal).Replace("%2", Plain, StringComparison.Ordinal).Replace("%3", Other, StringComparison.Ordinal));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var moved = await InstallAsync("claude --yes");

        Assert.True(moved.ExitCode == 0, moved.Errors);
        Assert.Equal((Token, Plain, Other), (await _folder.DoAsync("get shop/github/github_token"), await _folder.DoAsync("get site/github/app_token"), await _folder.DoAsync("get far/authorization")));
        var content = await File.ReadAllTextAsync(file);
        foreach (var secret in new[] { Token, Plain, Other })
        {
            Assert.DoesNotContain(secret, content + moved.Output + moved.Errors, StringComparison.Ordinal);
        }

        var now = JsonElement.Parse(content);
        Assert.Contains("12.50", content, StringComparison.Ordinal);
        Assert.Equal(["far", "sanctum"], now.GetProperty("mcpServers").EnumerateObject().Select(it => it.Name));
        var projects = now.GetProperty("projects");
        Assert.Equal("one", projects.GetProperty("/home/u/shop").GetProperty("history")[0].GetString());
        var shop = projects.GetProperty("/home/u/shop").GetProperty("mcpServers").GetProperty("github");
        Assert.Equal(["mcp", "wrap", "--agent", "coder", "--name", "github", "--env", "GITHUB_TOKEN=shop/github/github_token", "--", "npx", "-y"], shop.GetProperty("args").EnumerateArray().Select(it => it.GetString()!));
        var site = projects.GetProperty("/home/u/site").GetProperty("mcpServers").GetProperty("github");
        Assert.Equal("1", site.GetProperty("env").GetProperty("KEEP").GetString());
        Assert.False(site.GetProperty("env").TryGetProperty("APP_TOKEN", out _));
        Assert.Equal(["mcpServers", "allowed"], projects.GetProperty("/home/u/site").EnumerateObject().Select(it => it.Name));

        // One policy for both servers of the name, with both keys.
        Assert.Contains("--resources shop/github/github_token,site/github/app_token --actions list,use", moved.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"projects": []}""")]
    [InlineData("""{"projects": {"/a": {"mcpServers": []}}}""")]
    [InlineData("""{"projects": {"/a": {"mcpServers": {}, "mcpServers": {}}}}""")]
    [InlineData("""{"projects": {"/a": {}, "/a": {}}}""")]
    [InlineData("""{"projects": {"/a": {"mcpServers": {"x": {}, "x": {}}}}}""")]
    public async Task Servers_of_projects_that_can_be_read_in_two_ways_are_not_changed(string content)
    {
        var file = Path.Join(_folder.Home, ".claude.json");
        await File.WriteAllTextAsync(file, content);

        var refused = await InstallAsync("claude --yes");

        Assert.Equal((1, content), (refused.ExitCode, await File.ReadAllTextAsync(file)));
        Assert.Contains("was not changed", refused.Errors, StringComparison.Ordinal);
    }

    // 'git hub' and 'git-hub' are one name in a path. The vault keeps one secret there.
    [Fact]
    public async Task Two_keys_that_would_go_to_one_path_are_both_kept()
    {
        var file = Path.Join(Project, ".mcp.json");
        await File.WriteAllTextAsync(file, $$$"""{"mcpServers": {"git hub": {"command": "a", "env": {"APP_TOKEN": "{{{Plain}}}"}}, "git-hub": {"command": "b", "env": {"APP_TOKEN": "{{{Other}}}"}}, "git.hub": {"command": "c", "env": {"APP_TOKEN": "{{{Plain}}}"} } } }""");

        var moved = await InstallAsync($"claude --yes --project {Project}");

        Assert.True(moved.ExitCode == 0, moved.Errors);
        Assert.Equal(Plain, await _folder.DoAsync("get git-hub/app_token"));
        var content = await File.ReadAllTextAsync(file);
        Assert.Contains(Other, content, StringComparison.Ordinal);
        Assert.DoesNotContain(Plain, content, StringComparison.Ordinal);
        Assert.Contains("git-hub: APP_TOKEN was not taken: another server's key goes to git-hub/app_token", moved.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Other, moved.Errors + moved.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_in_the_hosts_other_files_stay_and_are_told_of()
    {
        var project = Path.Join(Project, ".mcp.json");
        await File.WriteAllTextAsync(project, $$$"""{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "{{{Token}}}"} } } }""");

        var users = await InstallAsync("claude", Project);
        Assert.Equal(0, users.ExitCode);
        Assert.Contains($"keys of other servers lie in {project} too (github): move them with 'sanctum mcp install claude --project {Project}'", users.Errors, StringComparison.Ordinal);
        Assert.Contains(Token, await File.ReadAllTextAsync(project), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, users.Errors + users.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(project, "{");
        var malformed = await InstallAsync("claude --force", Project);
        Assert.Equal(0, malformed.ExitCode);
        Assert.Contains($"{project} was not looked at", malformed.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_there_under_its_second_name_is_written()
    {
        var file = Path.Join(_folder.Home, ".config/opencode/opencode.jsonc");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "{\n  // mine\n  \"theme\": \"x\",\n}\n");

        var written = await InstallAsync("opencode");

        Assert.Equal(0, written.ExitCode);
        Assert.Contains("// mine", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Contains("\"sanctum\"", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.ChangeExtension(file, ".json")));

        await File.WriteAllTextAsync(Path.ChangeExtension(file, ".json"), "{}");
        var both = await InstallAsync("opencode");
        Assert.Contains($"{file} has an entry of this name as well", both.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_projects_folder_that_is_a_link_is_not_written_through_and_the_users_is()
    {
        var elsewhere = Path.Join(_folder.Home, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        File.CreateSymbolicLink(Path.Join(Project, ".cursor"), elsewhere);
        File.CreateSymbolicLink(Path.Join(_folder.Home, ".cursor"), elsewhere);

        var refused = await InstallAsync($"cursor --project {Project}");
        Assert.Equal((1, false), (refused.ExitCode, File.Exists(Path.Join(elsewhere, "mcp.json"))));
        Assert.Contains(".cursor is a symbolic link in a project", refused.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await InstallAsync("cursor")).ExitCode);
        Assert.True(File.Exists(Path.Join(elsewhere, "mcp.json")));
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_refused()
    {
        var refused = await InstallAsync("claude --project none");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("there is no folder none", refused.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Join(_folder.Home, "none")));
    }

    [Theory]
    [InlineData("gemini", ".gemini/settings.json", "{\"mcpServers\": {\"far\": {\"url\": \"https://mcp.example.com/mcp\", \"type\": \"http\", \"headers\": {\"X-Api-Key\": \"%\"}}}}", null)]
    [InlineData("gemini", ".gemini/settings.json", "{\"mcpServers\": {\"far\": {\"url\": \"https://mcp.example.com/mcp\", \"headers\": {\"X-Api-Key\": \"%\"}}}}", "SSE")]
    [InlineData("claude", ".claude.json", "{\"mcpServers\": {\"far\": {\"type\": \"http\", \"url\": \"https://mcp.example.com/mcp\", \"headersHelper\": \"x\", \"headers\": {\"X-Api-Key\": \"%\"}}}}", "another program make its headers")]
    [InlineData("codex", ".codex/config.toml", "[mcp_servers.far]\nurl = \"https://mcp.example.com/mcp\"\nbearer_token_env_var = \"TOKEN\"\nhttp_headers = { X-Api-Key = \"%\" }\n", "bearer_token_env_var")]
    [InlineData("codex", ".codex/config.toml", "[mcp_servers.far]\nurl = \"https://mcp.example.com/mcp\"\n[mcp_servers.far.env_http_headers]\nX-Tenant = \"T\"\n[mcp_servers.far.http_headers]\nX-Api-Key = \"%\"\n", "env_http_headers")]
    public async Task What_a_host_makes_of_an_entry_decides_whether_it_is_moved(string host, string name, string content, string? why)
    {
        ArgumentNullException.ThrowIfNull(content);
        var file = Path.Join(_folder.Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, content.Replace("%", Plain, StringComparison.Ordinal));

        var written = await InstallAsync($"{host} --yes");

        Assert.Equal(0, written.ExitCode);
        var now = await File.ReadAllTextAsync(file);
        Assert.Equal(why is not null, now.Contains(Plain, StringComparison.Ordinal));
        Assert.Contains(why ?? "", written.Errors, StringComparison.Ordinal);
        if (why is null)
        {
            Assert.Equal(["command", "args"], JsonElement.Parse(now).GetProperty("mcpServers").GetProperty("far").EnumerateObject().Select(it => it.Name));
        }
    }

    private Task<CliResult> InstallAsync(string words, string? folder = null) => CliProcess.RunAsync(
        ["-C", folder ?? _folder.Home, CliProcess.Path, "mcp", "install", .. words.Split(' '), "--agent", "coder"], _folder.Environment, program: "/usr/bin/env");
}
