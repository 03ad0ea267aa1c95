using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum mcp install</c> moves keys: they go from a host's file into the vault, nothing is lost on the way, and nothing else in the file changes.</summary>
public sealed partial class McpMoveTests : IAsyncLifetime
{
    private static readonly string Token = FakeSecrets.All["GitHub token"], OpenAi = FakeSecrets.All["OpenAI API key"], Plain = FakeSecrets.Random(32);

    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    // '%' is the key, COMMAND this program; hosts that read comments have some.
    public static TheoryData<string, string, string, string> Hosts => new()
    {
        {
            "claude", ".mcp.json",
            """{"x": 1.0, "mcpServers": {"github": {"command": "npx", "args": ["-y", "server-github"], "env": {"GITHUB_TOKEN": "%", "LOG_LEVEL": "debug"}, "timeout": 5}}}""",
            """{"x": 1.0, "mcpServers": {"github": {"command": "COMMAND", "args": ["mcp", "wrap", "--agent", "coder", "--name", "github", "--env", "GITHUB_TOKEN=github/github_token", "--", "npx", "-y", "server-github"], "env": {"LOG_LEVEL": "debug"}, "timeout": 5}}}"""
        },
        {
            "gemini", ".gemini/settings.json",
            "{\n  // mine\n  \"mcpServers\": {\n    \"git.hub\": { // why\n      \"command\": \"npx\",\n      \"env\": {\n        \"A\": \"1\", /* , */\n        \"GITHUB_TOKEN\": \"%\", // there\n      },\n    },\n  },\n}\n",
            "{\n  // mine\n  \"mcpServers\": {\n    \"git.hub\": { // why\n      \"command\": \"COMMAND\", \"args\": [\"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"git.hub\", \"--env\", \"GITHUB_TOKEN=git-hub/github_token\", \"--\", \"npx\"],\n      \"env\": {\n        \"A\": \"1\", /* , */ // there\n      },\n    },\n  },\n}\n"
        },
        {
            "opencode", ".config/opencode/opencode.json",
            "{ \"mcp\": { /* ] */ \"github\": { \"type\": \"local\", \"command\": [\"npx\", \"a b\"], \"environment\": { \"GITHUB_TOKEN\": \"%\" } } } }",
            "{ \"mcp\": { /* ] */ \"github\": { \"type\": \"local\", \"command\": [\"COMMAND\", \"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"github\", \"--env\", \"GITHUB_TOKEN=github/github_token\", \"--\", \"npx\", \"a b\"], \"environment\": { } } } }"
        },
        {
            "vscode", ".vscode/mcp.json",
            "{\r\n\t\"servers\": {\r\n\t\t\"github\": {\"url\": \"https://mcp.example.com/mcp\", \"headers\": {\"Authorization\": \"Bearer %\"}}\r\n\t}\r\n}",
            "{\r\n\t\"servers\": {\r\n\t\t\"github\": {\"type\": \"stdio\", \"command\": \"COMMAND\", \"args\": [\"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"github\", \"--credential\", \"github/authorization\", \"https://mcp.example.com/mcp\"]}\r\n\t}\r\n}"
        },
        {
            "vscode", ".vscode/mcp.json",
            "{\n  \"servers\": {\n    \"github\": {\n      \"type\": \"http\",\n      \"url\": \"https://mcp.example.com/mcp\",\n      \"headers\": {\n        \"X-MCP-Toolsets\": \"repos, issues\",\n        \"Authorization\": \"Bearer %\"\n      }\n    }\n  }\n}",
            "{\n  \"servers\": {\n    \"github\": {\n      \"type\": \"stdio\",\n      \"command\": \"COMMAND\", \"args\": [\"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"github\", \"--credential\", \"github/authorization\", \"--header\", \"X-MCP-Toolsets: repos, issues\", \"https://mcp.example.com/mcp\"]\n    }\n  }\n}"
        },
        {
            "cursor", ".cursor/mcp.json",
            """{"mcpServers": {"tavily": {"url": "https://mcp.example.com/mcp?a=1&tavilyApiKey=%&b=2#x", "type": "http"}}}""",
            """{"mcpServers": {"tavily": {"command": "COMMAND", "args": ["mcp", "wrap", "--agent", "coder", "--name", "tavily", "--credential", "tavily/tavilyapikey", "https://mcp.example.com/mcp?a=1&b=2"], "type": "stdio"}}}"""
        },
        {
            "codex", ".codex/config.toml",
            "model = \"x\" # mine\n\n[mcp_servers.github]\ncommand = 'npx' # runs\nenv = { A = \"1\", GITHUB_TOKEN = \"%\", B = \"2\" }\n\n[profiles.a]\nat = 1979-05-27 07:32:00\n",
            "model = \"x\" # mine\n\n[mcp_servers.github]\ncommand = \"COMMAND\"\nargs = [\"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"github\", \"--env\", \"GITHUB_TOKEN=github/github_token\", \"--\", \"npx\"] # runs\nenv = { A = \"1\", B = \"2\" }\n\n[profiles.a]\nat = 1979-05-27 07:32:00\n"
        },
        {
            "codex", ".codex/config.toml",
            "[mcp_servers.\"git hub\".env]\n# the key\nGITHUB_TOKEN = \"\"\"%\"\"\"\n[mcp_servers.'git hub']\nargs = [\n  \"a\", # first\n]\ncommand = \"\\u006epx\"\n",
            "[mcp_servers.\"git hub\".env]\n# the key\n[mcp_servers.'git hub']\nargs = [\"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"git-hub\", \"--env\", \"GITHUB_TOKEN=git-hub/github_token\", \"--\", \"npx\", \"a\"]\ncommand = \"COMMAND\"\n"
        },
        {
            "codex", ".codex/config.toml",
            "[mcp_servers.far]\nurl = \"https://mcp.example.com/mcp\"\n\n[mcp_servers.far.http_headers]\nX-Api-Key = '%'\n",
            "[mcp_servers.far]\ncommand = \"COMMAND\"\nargs = [\"mcp\", \"wrap\", \"--agent\", \"coder\", \"--name\", \"far\", \"--credential\", \"far/x-api-key\", \"https://mcp.example.com/mcp\"]\n\n"
        },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task A_key_goes_into_the_vault_and_all_else_stays(string host, string name, string before, string after)
    {
        ArgumentNullException.ThrowIfNull(after);
        var file = Write(name, before, Token);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var moved = await MoveAsync(host, "--yes");

        Assert.True(moved.ExitCode == 0, moved.Errors);
        var content = await File.ReadAllTextAsync(file);
        var path = Assert.Single((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray()).GetProperty("path").GetString()!;
        Assert.Equal(Token, await _folder.DoAsync($"get {path}"));
        Assert.StartsWith(Beginning(after), content, StringComparison.Ordinal);
        Assert.Contains(path, content, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, content + moved.Output + moved.Errors, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(file));

        // What was added is the entry of this program, and nothing else.
        var again = await MoveAsync(host, "--force");
        Assert.Equal((0, content), (again.ExitCode, await File.ReadAllTextAsync(file)));
        var backup = await File.ReadAllTextAsync(file + ".before-sanctum");
        Assert.Equal(Normal(before, $"sanctum://{path}"), Normal(backup, ""));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file + ".before-sanctum"));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!, "*.partial"));

        string Beginning(string text)
        {
            // Up to where the entry of this program is put in.
            var whole = text.Replace("COMMAND", CliProcess.Path, StringComparison.Ordinal);
            return host == "codex" ? whole.TrimEnd('\n') : whole[..(whole.LastIndexOf("mcp.example.com", StringComparison.Ordinal) is > 0 and var at ? at : whole.LastIndexOf("npx", StringComparison.Ordinal))];
        }
    }

    [Fact]
    public async Task The_rest_of_an_entry_stays_to_the_letter()
    {
        foreach (var row in Hosts)
        {
            var (host, name, before, after) = row.Data;
            var file = Write(name, before, Token);
            var moved = await MoveAsync(host, "--yes --json");

            Assert.True(moved.ExitCode == 0, moved.Errors);
            var content = await File.ReadAllTextAsync(file);
            var own = Own(content);
            Assert.Equal(BeforeBraces.Replace(after.Replace("COMMAND", CliProcess.Path, StringComparison.Ordinal), "").TrimEnd('\n', '\r'), BeforeBraces.Replace(own, "").TrimEnd('\n', '\r'));
            File.Delete(file);
        }

        // Without the entry of this program, and the comma before it.
        static string Own(string content)
        {
            var at = content.IndexOf("[mcp_servers.sanctum]", StringComparison.Ordinal);
            if (at >= 0)
            {
                return content[..at];
            }

            var start = content.IndexOf("\"sanctum\":", StringComparison.Ordinal);
            var end = content.IndexOf('}', start) + 1;
            var from = content[..start].TrimEnd().Length;
            var comma = content[..from].LastIndexOf(',') is var last && content[(last + 1)..from].Trim() is "" ? last : -1;
            return (comma >= 0 && !content[..start].Contains("// why", StringComparison.Ordinal) ? content[..comma] : content[..from]) + content[end..];
        }
    }

    [Fact]
    public async Task Each_is_bound_as_it_was_sent()
    {
        var password = FakeSecrets.Random(20);
        Write(".mcp.json", $$$"""
            {"mcpServers": {
              "a": {"type": "http", "url": "https://a.example.com/mcp", "headers": {"authorization": "Bearer %"}},
              "b": {"type": "http", "url": "https://b.example.com:8443/mcp", "headers": {"X-Custom-Key": "%"}},
              "c": {"type": "http", "url": "http://127.0.0.1:9999/mcp", "headers": {"Authorization": "Basic {{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"joe:{password}"))}}}"}},
              "d": {"type": "http", "url": "https://d.example.com/mcp?api_key=%"},
              "e": {"type": "http", "url": "https://e.example.com/mcp", "headers": {"Authorization": "Token %"}},
              "f": {"command": "x", "env": {"OPENAI_API_KEY": "{{{OpenAi}}}", "DATABASE_URL": "postgres://app:{{{password}}}@db.internal/app"}}
            }}
            """, Plain);

        var document = JsonElement.Parse((await MoveAsync("claude", "--yes --json")).Output);

        var stored = (await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray().ToDictionary(it => it.GetProperty("path").GetString()!);
        Assert.Equal(("bearer", "a.example.com"), (Text(stored["a/authorization"], "header_type"), stored["a/authorization"].GetProperty("hosts")[0].GetString()));
        Assert.Equal(("custom:X-Custom-Key", "b.example.com:8443"), (Text(stored["b/x-custom-key"], "header_type"), stored["b/x-custom-key"].GetProperty("hosts")[0].GetString()));
        Assert.Equal(("basic:joe", "http://127.0.0.1:9999"), (Text(stored["c/authorization"], "header_type"), stored["c/authorization"].GetProperty("allowed_origins")[0].GetString()));
        Assert.Equal(("query:api_key", "d.example.com"), (Text(stored["d/api_key"], "header_type"), stored["d/api_key"].GetProperty("hosts")[0].GetString()));
        Assert.Equal("scheme:Token", Text(stored["e/authorization"], "header_type"));
        Assert.Equal("Mcp-Session-Id", stored["a/authorization"].GetProperty("allowed_credentials")[0].GetString());
        Assert.Equal("api.openai.com", stored["f/openai_api_key"].GetProperty("hosts")[0].GetString());
        Assert.Equal((password, Plain, Plain), (await _folder.DoAsync("get c/authorization"), await _folder.DoAsync("get e/authorization"), await _folder.DoAsync("get d/api_key")));
        var moved = document.GetProperty("moved").EnumerateArray().ToDictionary(it => it.GetProperty("path").GetString()!);
        Assert.Equal((7, true, "openai"), (moved.Count, moved["f/database_url"].GetProperty("exposed").GetBoolean(), Text(moved["f/openai_api_key"], "service")));
        var entries = JsonElement.Parse(await File.ReadAllTextAsync(Path.Join(_folder.Home, ".mcp.json"))).GetProperty("mcpServers");
        Assert.Equal(
            ["mcp", "wrap", "--agent", "coder", "--name", "f", "--env", "OPENAI_API_KEY=f/openai_api_key", "--expose", "DATABASE_URL=f/database_url", "--", "x"],
            entries.GetProperty("f").GetProperty("args").EnumerateArray().Select(it => it.GetString()!));
    }

    [Theory]
    [InlineData("""{"command": "docker", "args": ["run", "x"], "env": {"GITHUB_TOKEN": "%"}}""", "can't be reached")]
    [InlineData("""{"command": "npx", "args": ["--key", "%"]}""", "stands where only you can take it out")]
    [InlineData("""{"command": "npx", "args": "x", "env": {"GITHUB_TOKEN": "%"}}""", "is not what the host would write")]
    [InlineData("""{"command": "npx", "env": {"GITHUB_TOKEN": "%", "GITHUB_TOKEN": "%"}}""", "stands where only you can take it out")]
    [InlineData("""{"command": "npx", "env": {"AWS_SECRET_ACCESS_KEY": "%"}}""", "it belongs to an id")]
    [InlineData("""{"type": "sse", "url": "https://a.example.com/sse", "headers": {"Authorization": "Bearer %"}}""", "SSE")]
    [InlineData("""{"type": "http", "url": "http://a.example.com/mcp", "headers": {"Authorization": "Bearer %"}}""", "without TLS")]
    [InlineData("""{"type": "http", "url": "https://a.example.com/mcp", "headers": {"Authorization": "Bearer %", "X-Tenant": "${TENANT}"}}""", "puts something else into the header X-Tenant")]
    [InlineData("""{"type": "http", "url": "https://a.example.com/mcp", "headers": {"Authorization": "Bearer %", "Host": "b.example.com"}}""", "header Host can't go beside the key")]
    [InlineData("""{"type": "http", "url": "https://a.example.com/mcp", "headers": {"Authorization": "Bearer %", "X-Tenant": 5}}""", "is not what the host would write")]
    [InlineData("""{"type": "http", "url": "https://a.example.com/mcp?api_key=%", "headers": {"Authorization": "Bearer %"}}""", "more than one key")]
    [InlineData("""{"type": "http", "url": "https://joe:pw@a.example.com/mcp", "headers": {"Authorization": "Bearer %"}}""", "can't be read")]
    public async Task What_can_not_be_taken_is_said_and_stays(string entry, string why)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var file = Write(".mcp.json", $$"""{"mcpServers": {"one": {{entry}} } }""", Token);
        var before = await File.ReadAllTextAsync(file);

        var written = await MoveAsync("claude", "--yes");

        Assert.Equal(0, written.ExitCode);
        Assert.Contains("line 1", written.Errors, StringComparison.Ordinal);
        Assert.Contains(why, written.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, written.Output + written.Errors, StringComparison.Ordinal);
        Assert.StartsWith(before[..before.TrimEnd(' ', '}').Length], await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
        Assert.False(File.Exists(file + ".before-sanctum"));
    }

    [Theory]
    [InlineData("${GITHUB_TOKEN}")]
    [InlineData("${input:github_token}")]
    [InlineData("{env:GITHUB_PERSONAL_ACCESS_TOKEN}")]
    [InlineData("$GITHUB_TOKEN")]
    [InlineData("sanctum://github/token")]
    [InlineData("")]
    public async Task What_refers_to_a_key_is_none(string value)
    {
        Write(".mcp.json", $$$"""{"mcpServers": {"one": {"command": "x", "env": {"GITHUB_TOKEN": "{{{value}}}"} }, "two": {"type": "http", "url": "https://a.example.com", "headers": {"Authorization": "Bearer {{{value}}}"} } } }""", "");

        var written = await MoveAsync("claude", "--yes --json");

        var document = JsonElement.Parse(written.Output);
        Assert.Equal((0, 0, 0), (written.ExitCode, document.GetProperty("moved").GetArrayLength(), document.GetProperty("left").GetArrayLength()));
    }

    [Fact]
    public async Task Without_being_told_to_nothing_is_moved()
    {
        var file = Write(".mcp.json", """{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "%"}}}}""", Token);
        var before = await File.ReadAllTextAsync(file);

        var refused = await MoveAsync("claude", "");
        var printed = await MoveAsync("claude", "--print");
        Assert.Equal((2, 0, before), (refused.ExitCode, printed.ExitCode, await File.ReadAllTextAsync(file)));
        Assert.Contains("--no-move", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("sanctum://github/github_token", printed.Output, StringComparison.Ordinal);
        Assert.Contains("+", printed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Token[..12], printed.Output + printed.Errors + refused.Errors, StringComparison.Ordinal);

        var left = await MoveAsync("claude", "--no-move");
        Assert.Equal(0, left.ExitCode);
        Assert.Contains(Token, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
    }

    [Fact]
    public async Task A_key_that_stays_is_not_printed_either()
    {
        Write(".vscode/mcp.json", "{\"servers\": {\n  // " + OpenAi + "\n  \"github\": {\"command\": \"npx\", \"env\": {\"GITHUB_TOKEN\": \"%\"}},\n  \"two\": {\"command\": \"docker\", \"env\": {\"APP_TOKEN\": \"" + Plain + "\"}}\n}}", Token);

        var printed = await MoveAsync("vscode", "--print");

        Assert.Equal(0, printed.ExitCode);
        Assert.Contains("********", printed.Output, StringComparison.Ordinal);
        Assert.Contains("line 2 was not taken", printed.Errors, StringComparison.Ordinal);
        foreach (var secret in new[] { OpenAi, Plain, Token })
        {
            Assert.DoesNotContain(secret, printed.Output + printed.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("n", false)]
    public async Task Somebody_at_a_terminal_is_asked(string says, bool moves)
    {
        var file = Write(".mcp.json", """{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "%"}}}}""", Token);

        var seen = await CliProcess.TalkInShellAsync($"cd {_folder.Home} && {CliProcess.Path} mcp install claude --agent coder --project", _folder.Environment, ("Move them into the vault? [y/N] ", says + "\n"));

        Assert.DoesNotContain(Token, seen, StringComparison.Ordinal);
        Assert.Contains("github/github_token", seen, StringComparison.Ordinal);
        Assert.Equal(!moves, (await File.ReadAllTextAsync(file)).Contains(Token, StringComparison.Ordinal));
        Assert.Equal(moves ? 1 : 0, (await _folder.JsonAsync("list")).GetProperty("credentials").GetArrayLength());
        Assert.Contains("\"sanctum\"", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_host_writes_meanwhile_is_not_lost()
    {
        var file = Write(".mcp.json", """{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "%"}}}}""", Token);
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", $"cd {_folder.Home} && {CliProcess.Path} mcp install claude --agent coder --project; echo exit $?", "/dev/null"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _folder.Environment)
        {
            start.Environment[name] = value;
        }

        // The file changes once the question is there, before it is answered.
        using var process = Process.Start(start)!;
        var seen = "";
        var buffer = new char[1024];
        while (!seen.Contains("[y/N] ", StringComparison.Ordinal))
        {
            var read = await process.StandardOutput.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
            Assert.True(read > 0, seen);
            seen += new string(buffer, 0, read);
        }

        await File.WriteAllTextAsync(file, """{"mcpServers": {}, "new": 1}""");
        await process.StandardInput.WriteAsync("y\n");
        await process.StandardInput.FlushAsync();
        seen += await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains("was written by another program meanwhile", seen, StringComparison.Ordinal);
        Assert.Contains("exit 1", seen, StringComparison.Ordinal);
        Assert.Equal("""{"mcpServers": {}, "new": 1}""", await File.ReadAllTextAsync(file));
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
    }

    [Fact]
    public async Task Another_secret_at_the_path_is_not_replaced()
    {
        await _folder.DoAsync("store github/github_token --host api.github.com", Plain);
        var file = Write(".mcp.json", """{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "%", "OPENAI_API_KEY": "%"}}}}""", Token);
        var before = await File.ReadAllTextAsync(file);

        var refused = await MoveAsync("claude", "--yes");
        Assert.Equal((1, before, Plain), (refused.ExitCode, await File.ReadAllTextAsync(file), await _folder.DoAsync("get github/github_token")));
        Assert.Contains("--prefix", refused.Errors, StringComparison.Ordinal);
        Assert.Single((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());

        var moved = await MoveAsync("claude", "--yes --prefix work");
        Assert.Equal((0, ""), (moved.ExitCode, moved.ExitCode == 0 ? "" : moved.Errors));
        Assert.Equal(Token, await _folder.DoAsync("get work/github/github_token"));
    }

    [Fact]
    public async Task A_file_that_can_not_be_written_loses_nothing()
    {
        // Its own path is as long as one can be, so that there is no room for a file beside it.
        var folder = _folder.Home;
        while (folder.Length < 4075)
        {
            folder = Path.Join(folder, new string('a', Math.Min(200, 4080 - folder.Length)));
        }

        Directory.CreateDirectory(folder);
        var file = Path.Join(folder, ".mcp.json");
        await File.WriteAllTextAsync(file, $$$"""{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "{{{Token}}}"} } } }""");

        var refused = await CliProcess.RunAsync(["-C", folder, CliProcess.Path, "mcp", "install", "claude", "--agent", "coder", "--yes", "--project"], _folder.Environment, program: "/usr/bin/env");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(".mcp.json can't be written", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(Token, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
    }

    [Fact]
    public async Task Killed_at_any_moment_no_key_is_lost()
    {
        var servers = string.Join(", ", Enumerable.Range(1, 6).Select(i => $$$"""
            "s{{{i}}}": {"command": "x", "env": {"APP_TOKEN": "{{{FakeSecrets.Random(30 + i)}}}"}}
            """));
        var text = $$"""{"mcpServers": { {{servers}} } }""";
        var (before, after) = (0, 0);
        for (var wait = 150; wait <= 900; wait += 75)
        {
            var file = Write(".mcp.json", text, "");
            var start = new ProcessStartInfo(CliProcess.Path, ["mcp", "install", "claude", "--agent", "coder", "--yes", "--project"]) { WorkingDirectory = _folder.Home, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment.Clear();
            foreach (var (name, value) in _folder.Environment)
            {
                start.Environment[name] = value;
            }

            using (var process = Process.Start(start)!)
            {
                process.WaitForExit(wait);
                process.Kill();
                await process.WaitForExitAsync();
            }

            var content = await File.ReadAllTextAsync(file);
            if (content == text)
            {
                before++;
                continue;
            }

            after++;
            for (var i = 1; i <= 6; i++)
            {
                Assert.DoesNotContain(FakeSecrets.Random(30 + i), content, StringComparison.Ordinal);
                Assert.Equal(FakeSecrets.Random(30 + i), await _folder.DoAsync($"get s{i}/app_token"));
            }
        }

        // It goes on where the last one stopped.
        Write(".mcp.json", text, "");
        Assert.Equal(0, (await MoveAsync("claude", "--yes")).ExitCode);
        TestContext.Current.SendDiagnosticMessage($"killed before the file was replaced: {before}, after: {after}");
    }

    [Fact]
    public async Task A_file_of_another_kind_or_user_is_refused_by_name()
    {
        var cases = new (string Name, Action<string> Make, string Says)[]
        {
            ("is a folder", path => Directory.CreateDirectory(path), "not a regular file"),
            ("is a pipe", path => Process.Start("/usr/bin/mkfifo", [path]).WaitForExit(), "not a regular file"),
            ("is UTF-16", path => File.WriteAllText(path, "{}", System.Text.Encoding.Unicode), "line 1"),
            ("is too large", path => File.WriteAllText(path, new string(' ', 17_000_000)), "larger than 16 MiB"),
            ("is cut off", path => File.WriteAllText(path, "{\n\"mcpServers\": {"), "line 2"),
            ("has a lone surrogate", path => File.WriteAllText(path, """{"mcpServers": {"a": {"command": "\ud800"}}}"""), "not Unicode"),
            ("is too deep", path => File.WriteAllText(path, new string('[', 100) + new string(']', 100)), "line 1"),
        };
        foreach (var (name, make, says) in cases)
        {
            var path = Path.Join(_folder.Home, ".mcp.json");
            make(path);
            var refused = await MoveAsync("claude", "--yes").WaitAsync(TimeSpan.FromMinutes(1));

            Assert.True(refused.ExitCode == 1, $"{name}: {refused.ExitCode} {refused.Output}");
            Assert.Contains(".mcp.json", refused.Errors, StringComparison.Ordinal);
            Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
            Assert.Contains("not changed", refused.Errors, StringComparison.Ordinal);
            if (Directory.Exists(path))
            {
                Directory.Delete(path);
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public async Task Another_users_file_is_not_replaced()
    {
        var file = Write(".mcp.json", """{"mcpServers": {"github": {"command": "npx", "env": {"GITHUB_TOKEN": "%"}}}}""", Token);
        var given = await CliProcess.RunAsync(["12345", file], _folder.Environment, program: "/bin/chown");
        Assert.SkipUnless(given.ExitCode == 0, "only root can give a file away");

        var refused = await MoveAsync("claude", "--yes");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("belongs to user 12345", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(Token, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Empty((await _folder.JsonAsync("list")).GetProperty("credentials").EnumerateArray());
    }

    [Theory]
    [InlineData("a = 1\na = 2\n", 2)]
    [InlineData("[a]\n[a]\n", 2)]
    [InlineData("a = \"x\n\"\n", 1)]
    [InlineData("a = \"\\q\"\n", 1)]
    [InlineData("a = { b = 1, }\n", 1)]
    [InlineData("a = [1 2]\n", 1)]
    [InlineData("a = 1 b = 2\n", 1)]
    [InlineData("\na\n", 2)]
    [InlineData("a = '''x\n", 2)]
    [InlineData("mcp_servers = { a = { command = \"x\" } }\n", 0)]
    [InlineData("[[mcp_servers]]\ncommand = \"x\"\n", 0)]
    public async Task Malformed_toml_is_refused_with_its_line(string content, int line)
    {
        var file = Write(".codex/config.toml", content, "");

        var refused = await MoveAsync("codex", "--yes");

        Assert.Equal((1, content), (refused.ExitCode, await File.ReadAllTextAsync(file)));
        Assert.Contains(line == 0 ? "write a table for each server" : $"line {line} ", refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.\"b c\".'d' = '''\nit's'''\n[[x]]\n[x.y]\nk = 1\n[[x]]\n[x.y]\nk = 1e+3\n")]
    [InlineData("k = \"\"\"a \\\n   b\"\"\"\"\"\nl = [ [1, 2], [\"#\"] ] # ]\n")]
    [InlineData("d = 1979-05-27T07:32:00Z\nt = 07:32:00\nb = true\nf = -inf\nz = 0xDEAD_beef\n")]
    [InlineData("# only a comment")]
    [InlineData("\r\n[a]\r\nb = {}\r\n")]
    public async Task Toml_of_all_kinds_is_passed_over(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var file = Write(".codex/config.toml", content, "");

        var written = await MoveAsync("codex", "--yes");

        Assert.True(written.ExitCode == 0, written.Errors);
        Assert.StartsWith(content.TrimEnd('\r', '\n'), await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_moved_entry_starts_its_server()
    {
        Write(".mcp.json", """{"mcpServers": {"env": {"command": "/usr/bin/env", "args": ["-i", "/bin/sh", "-c", "exit 0"], "env": {"APP_TOKEN": "%"}}}}""", Plain);
        await _folder.DoAsync("agent register coder");
        Assert.Equal(0, (await MoveAsync("claude", "--yes")).ExitCode);
        await _folder.DoAsync("policy add coder-env --principal agent:coder --resources env/app_token --actions list,use");
        await _folder.DoAsync("daemon start");
        var entry = JsonElement.Parse(await File.ReadAllTextAsync(Path.Join(_folder.Home, ".mcp.json"))).GetProperty("mcpServers").GetProperty("env");
        var environment = new Dictionary<string, string>(_folder.Environment);
        environment.Remove("SANCTUM_PASSPHRASE");

        var ran = await CliProcess.RunAsync(entry.GetProperty("args").EnumerateArray().Select(it => it.GetString()!), environment, program: entry.GetProperty("command").GetString());

        Assert.Equal((0, ""), (ran.ExitCode, ran.Output));
    }

    // The entry of this program is put in there.
    [GeneratedRegex(@"\s+(?=\})")]
    private static partial Regex BeforeBraces { get; }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    // Of TOML, a literal or long string is written as a basic one.
    private static string Normal(string text, string key) =>
        text.Replace("'%'", $"\"{key}\"", StringComparison.Ordinal).Replace("\"\"\"%\"\"\"", $"\"{key}\"", StringComparison.Ordinal).Replace("%", key, StringComparison.Ordinal);

    private string Write(string name, string content, string key)
    {
        var file = Path.Join(_folder.Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, key.Length > 0 ? content.Replace("%", key, StringComparison.Ordinal) : content);
        return file;
    }

    // Of two hosts, the project's file.
    private Task<CliResult> MoveAsync(string host, string options) => CliProcess.RunAsync(
        ["-C", _folder.Home, CliProcess.Path, "mcp", "install", host, "--agent", "coder", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. host is "claude" or "vscode" ? (string[])["--project"] : []],
        _folder.Environment,
        program: "/usr/bin/env");
}
