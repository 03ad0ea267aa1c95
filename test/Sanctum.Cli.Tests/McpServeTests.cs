using System.Diagnostics;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum mcp serve</c>: the real executable, as a host starts it.</summary>
public sealed class McpServeTests(AgentVault vault) : IClassFixture<AgentVault>
{
    private const string Hello =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""";

    [Fact]
    public async Task A_host_lists_calls_and_hangs_up()
    {
        using var served = Start("mcp serve");
        await WriteAsync(served, Hello);
        await WriteAsync(served, """{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        await WriteAsync(served, """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        await WriteAsync(served, Call(2, "sanctum_list_credentials", "{}"));
        await WriteAsync(served, Call(3, "sanctum_http_request", $$"""{"credential":"use/api","method":"GET","url":"{{vault.Upstream.Origin}}/echo/headers"}"""));
        served.StandardInput.Close();
        var lines = (await served.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await served.WaitForExitAsync();

        Assert.Equal((0, ""), (served.ExitCode, await served.StandardError.ReadToEndAsync()));
        var responses = lines.Select(line => JsonElement.Parse(line)).ToDictionary(it => it.GetProperty("id").GetInt32(), it => it.GetProperty("result"));
        Assert.Equal("sanctum", responses[0].GetProperty("serverInfo").GetProperty("name").GetString());
        Assert.DoesNotContain("+", responses[0].GetProperty("serverInfo").GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.Equal(12, responses[1].GetProperty("tools").GetArrayLength());
        Assert.Equal(3, responses[2].GetProperty("structuredContent").GetProperty("credentials").GetArrayLength());
        Assert.Contains("Bearer [REDACTED]", responses[3].GetProperty("structuredContent").GetProperty("body").GetString(), StringComparison.Ordinal);
        Assert.Contains(vault.Upstream.Requests, it => it.Headers.Any(header => header.Value == $"Bearer {AgentVault.Secret}"));
        Assert.DoesNotContain(lines, line => line.Contains(AgentVault.Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mcp serve --allow-retrieve", null)]
    [InlineData("mcp serve", "1")]
    public async Task A_secret_is_given_only_when_the_operator_has_turned_that_on(string command, string? variable)
    {
        using var served = Start(command, variable);
        await WriteAsync(served, Hello);
        await WriteAsync(served, Call(1, "sanctum_retrieve", """{"credential":"take/token"}"""));
        served.StandardInput.Close();

        Assert.Contains(AgentVault.Secret, await served.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_that_says_neither_yes_nor_no_is_refused()
    {
        var refused = await vault.RunAsync("mcp serve", input: "", ("SANCTUM_ALLOW_RAW_RETRIEVAL", "maybe"));

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("set it to 1", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_when_it_is_told_to_though_the_host_says_nothing()
    {
        using var served = Start("mcp serve");
        await WriteAsync(served, Hello);
        Assert.NotNull(await served.StandardOutput.ReadLineAsync());

        using var killed = Process.Start("/bin/kill", ["-TERM", $"{served.Id}"]);
        await served.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((0, ""), (served.ExitCode, await served.StandardError.ReadToEndAsync()));
    }

    [Fact]
    public async Task Hosts_over_http_need_the_token_of_the_file_that_is_made_for_it()
    {
        var file = Path.Join(vault.Home, "tokens", "of-hosts");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var served = Start($"mcp serve --http 127.0.0.1:0 --tools v2 --token-file {file}");
        var said = await served.StandardError.ReadLineAsync();
        Assert.Contains(file, said, StringComparison.Ordinal);
        var url = said!.Split(' ').Single(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal)).TrimEnd(';');
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var token = (await File.ReadAllTextAsync(file)).TrimEnd();

        var (status, session, _) = await PostAsync(url, Hello, token);
        var (_, _, listed) = await PostAsync(url, """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", token, session);
        var (_, _, called) = await PostAsync(url, Call(2, "sanctum_get_credential", """{"path":"take/token"}"""), token, session);

        Assert.Equal(200, status);
        Assert.Contains("sanctum_search_credentials", listed, StringComparison.Ordinal);
        Assert.Contains("UNSUPPORTED_OPERATION", called, StringComparison.Ordinal);
        Assert.DoesNotContain(AgentVault.Secret, called, StringComparison.Ordinal);
        foreach (var other in new[] { "", token[..^1], await File.ReadAllTextAsync(Path.Join(vault.Folder.Vault, "keys", "bot.key")) is var key ? Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(key))[..64] : "" })
        {
            Assert.Equal(401, (await PostAsync(url, Hello, other)).Status);
        }

        using var killed = Process.Start("/bin/kill", ["-TERM", $"{served.Id}"]);
        await served.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, ""), (served.ExitCode, await served.StandardError.ReadToEndAsync()));

        // The next one finds it, and takes the same token.
        using var again = Start($"mcp serve --http localhost:0 --token-file {file}");
        url = (await again.StandardError.ReadLineAsync())!.Split(' ').Single(word => word.StartsWith("http://", StringComparison.Ordinal)).TrimEnd(';');
        Assert.Equal(200, (await PostAsync(url, Hello, token)).Status);
        again.Kill();
    }

    [Theory]
    [InlineData("--http 0.0.0.0:0", "only a loopback address")]
    [InlineData("--http 192.0.2.1:0", "only a loopback address")]
    [InlineData("--http 127.0.0.1", "an address and a port")]
    [InlineData("--http 127.0.0.1:65536", "an address and a port")]
    [InlineData("--http [::ffff:127.0.0.1]:0", "plain IPv6")]
    [InlineData("--token-file x", "--token-file requires --http")]
    [InlineData("--tools v9", "v1, v2, v3")]
    [InlineData("--wait 0", "1 to 3600 seconds")]
    public async Task What_it_can_not_serve_by_is_refused_before_it_listens(string options, string says)
    {
        var refused = await vault.RunAsync($"mcp serve {options}", input: "");

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0123456789012345678901234567890123456789\n", 0x1A4, "other users can read")]
    [InlineData("0123456789012345678901234567890123456789\n", 0x184, "other users can read")]
    [InlineData("short\n", 0x180, "is not a file of tokens")]
    [InlineData("", 0x180, "is not a file of tokens")]
    [InlineData("0123456789012345678901234567890123456789 with words\n", 0x180, "is not a file of tokens")]
    public async Task A_file_that_keeps_no_token_secret_is_refused(string content, int mode, string says)
    {
        var file = Path.Join(vault.Home, Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(file, content);
        File.SetUnixFileMode(file, (UnixFileMode)mode);

        var refused = await vault.RunAsync($"mcp serve --http 127.0.0.1:0 --token-file {file}", input: "");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789012345678901234567890123456789", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string? Session, string Body)> PostAsync(string url, string body, string token, string? session = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Accept", "application/json, text/event-stream");
        if (token.Length > 0)
        {
            request.Headers.Add("Authorization", $"Bearer {token}");
        }

        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }

        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, response.Headers.TryGetValues("Mcp-Session-Id", out var ids) ? ids.Single() : null, await response.Content.ReadAsStringAsync());
    }

    private Process Start(string command, string? variable = null)
    {
        var start = new ProcessStartInfo(CliProcess.Path, command.Split(' ')) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in vault.Environment(variable is null ? [] : [("SANCTUM_ALLOW_RAW_RETRIEVAL", variable)]))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task WriteAsync(Process served, string line)
    {
        await served.StandardInput.WriteLineAsync(line);
        await served.StandardInput.FlushAsync();
    }

    private static string Call(int id, string tool, string arguments) =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{{{{arguments}}}}}}""";
}
