using System.Text;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum request</c>: what the vault sends for an agent, and how the response is shown.</summary>
public sealed class RequestCommandTests(AgentVault vault) : IClassFixture<AgentVault>
{
    private string Origin => vault.Upstream.Origin;

    [Fact]
    public async Task A_request_carries_the_secret_and_the_response_does_not_show_it()
    {
        var shown = await vault.DoAsync($"request use/api {Origin}/echo/headers");

        Assert.Contains("Bearer [REDACTED]", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(AgentVault.Secret, shown, StringComparison.Ordinal);
        Assert.Contains(vault.Upstream.Requests, it => it.Method == "GET" && it.Headers.Any(header => header.Value == $"Bearer {AgentVault.Secret}"));
    }

    [Theory]
    [InlineData("-d a=1&b=2", null, "POST", "a=1&b=2", "application/x-www-form-urlencoded")]
    [InlineData("-", "from stdin\n", "POST", "from stdin\n", "application/x-www-form-urlencoded")]
    [InlineData("--data-file -", "from stdin", "POST", "from stdin", "application/x-www-form-urlencoded")]
    [InlineData("-d {} -H content-type:application/json", null, "POST", "{}", "application/json")]
    public async Task A_body_is_sent_byte_for_byte_with_curls_defaults(string options, string? input, string method, string body, string type)
    {
        await vault.DoAsync($"request use/api {Origin}/ok/{Guid.NewGuid():N} {options}", input);

        var sent = vault.Upstream.Requests.Last();
        Assert.Equal((method, body), (sent.Method, Encoding.UTF8.GetString(sent.Body)));
        Assert.Contains(sent.Headers, it => it.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) && it.Value == type);
    }

    [Fact]
    public async Task Method_headers_and_the_bytes_of_the_address_are_sent_as_they_were_typed()
    {
        var file = Path.Join(vault.Home, "body");
        await File.WriteAllBytesAsync(file, [0, 0xFF, 10]);

        await CliProcess.RunAsync(
            ["request", "use/api", "PUT", $"{Origin}/ok/a%2Fb?q=%7e#part", "-H", "X-Note: two words", "-H", "Accept: text/plain", "--data-file", file], vault.Environment());

        var sent = vault.Upstream.Requests.Last(it => it.Method == "PUT");
        Assert.Equal("/ok/a%2Fb?q=%7e", sent.Target);
        Assert.Equal([0, 0xFF, 10], sent.Body);
        Assert.Contains(sent.Headers, it => it is { Key: "X-Note", Value: "two words" });
        Assert.Contains(sent.Headers, it => it is { Key: "Accept", Value: "text/plain" });
    }

    [Fact]
    public async Task The_head_of_the_response_is_shown_when_it_is_requested()
    {
        var shown = await vault.DoAsync($"request use/api {Origin}/status/404 -i");

        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", shown, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_status_fails_only_when_that_is_requested()
    {
        Assert.Equal(0, (await vault.RunAsync($"request use/api {Origin}/status/500")).ExitCode);

        var failed = await vault.RunAsync($"request use/api {Origin}/status/500 --fail");

        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));
        Assert.Contains("status 500", failed.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await vault.RunAsync($"request use/api {Origin}/status/302 --fail")).ExitCode);
    }

    [Fact]
    public async Task A_body_goes_to_a_file_byte_for_byte_and_no_part_of_one_is_left()
    {
        var file = Path.Join(vault.Home, "response");
        await File.WriteAllTextAsync(file, "what was there");

        Assert.Equal("", await vault.DoAsync($"request use/api {Origin}/bytes/1000 -o {file}"));

        Assert.Equal(Upstream.Filler.Bytes(1000), await File.ReadAllBytesAsync(file));
        Assert.Empty(Directory.GetFiles(vault.Home, "response.part*"));
        Assert.Equal(0, (await vault.RunAsync($"request use/api {Origin}/bytes/10 -o /dev/null")).ExitCode);
        Assert.True(File.GetAttributes("/dev/null").HasFlag(FileAttributes.Device) || File.Exists("/dev/null"));
        var refused = await vault.RunAsync($"request use/api {Origin}/bytes/10 -o {vault.Home}/none/response");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the file of -o can't be written", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_a_document_the_response_has_status_headers_and_body()
    {
        var text = JsonDocument.Parse(await vault.DoAsync($"request use/api {Origin}/ok --json")).RootElement;
        var bytes = JsonDocument.Parse(await vault.DoAsync($"request use/api {Origin}/bytes/300 --json")).RootElement;

        Assert.Equal((200, "ok"), (text.GetProperty("status").GetInt32(), text.GetProperty("body").GetString()));
        Assert.Equal(JsonValueKind.Object, text.GetProperty("headers").ValueKind);
        Assert.Equal(Upstream.Filler.Bytes(300), bytes.GetProperty("body_base64").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("request use/api https://api.example.com/", 1, "bound")]
    [InlineData("request take/token https://api.example.com/", 1, "bound")]
    [InlineData("request use/api api.example.com/", 2, "the URL must begin with https://")]
    [InlineData("request use/api https://api.example.com/ GET", 2, "the URL must begin with https://")]
    [InlineData("request use/api get https://api.example.com/", 2, "the method must be a word in capitals")]
    [InlineData("request use/api GET https://a.example https://b.example", 2, "takes PATH, a method")]
    [InlineData("request use/api https://api.example.com/ -d @body", 2, "--data-file")]
    [InlineData("request use/api https://api.example.com/ -d x -", 2, "can't be combined")]
    [InlineData("request use/api https://api.example.com/ -H sk-canary-123", 2, "-H has an invalid value")]
    [InlineData("request use/api https://api.example.com/ --data-file /none", 2, "--data-file does not exist")]
    public async Task What_is_not_sent_is_refused_with_a_clear_error(string command, int exitCode, string error)
    {
        var before = vault.Upstream.Requests.Count;

        var refused = await vault.RunAsync(command);

        Assert.Equal((exitCode, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(error, refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, vault.Upstream.Requests.Count);
    }
}
