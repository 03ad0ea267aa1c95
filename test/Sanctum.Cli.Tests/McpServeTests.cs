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
