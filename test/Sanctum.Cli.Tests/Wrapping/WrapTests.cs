using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Cli.Loopback;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary><c>sanctum mcp wrap</c>: the real executable between a host and a server that is a real program.</summary>
public sealed class WrapTests(WrapVault vault) : IClassFixture<WrapVault>
{
    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    public async Task A_host_shakes_hands_lists_calls_and_hangs_up(string revision)
    {
        await using var wrapped = vault.Start();
        await wrapped.HelloAsync(revision);

        Assert.Contains($"\"protocolVersion\": \"{revision}\"", wrapped.Lines[0], StringComparison.Ordinal);
        Assert.Equal(["echo", "act"], NamesIn(await wrapped.ListAsync()));
        Assert.Equal("hello", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "hello" })));
        var (rest, exitCode, errors) = await wrapped.HangUpAsync();

        Assert.Equal(("", 0), (rest, exitCode));
        Assert.Contains("accepted the 2 tools of 'server'", errors, StringComparison.Ordinal);
    }

    // The newest revision shakes no hands: each request says who asks, and so has the wrapper's own.
    [Fact]
    public async Task A_host_that_shakes_no_hands_is_served_too()
    {
        await using var wrapped = vault.Start();
        var meta = new JsonObject { ["_meta"] = new JsonObject { ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28", ["progressToken"] = 7 } };

        Assert.Equal("server/discover", (await wrapped.AskAsync("server/discover", (JsonObject)meta.DeepClone())).GetProperty("result").GetProperty("method").GetString());
        Assert.Equal(["echo", "act"], NamesIn(await wrapped.AskAsync("tools/list", meta)));
    }

    [Fact]
    public async Task Whatever_it_is_passes_both_ways_as_it_came()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        const string odd = """{"jsonrpc": "2.0", "id": "seven/7", "method": "x/unknown", "params": {"big": 12345678901234567890.10, "ünï": "\u00e9 \"\\", "null": null}}""";
        await wrapped.WriteAsync(odd);
        var reply = await wrapped.ReadAsync();

        Assert.Equal("seven/7", reply.GetProperty("id").GetString());
        Assert.Equal("x/unknown", reply.GetProperty("result").GetProperty("method").GetString());
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"ask","method":"tools/call","params":{"name":"act","arguments":{"what":"ask"}}}""");
        Assert.Equal("roots/list", (await wrapped.ReadAsync()).GetProperty("method").GetString());
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"ask-1","result":{"roots":[{"uri":"file:///tmp"}]}}""");
        Assert.Contains("file:///tmp", WrappedServer.TextOf(await wrapped.ReadAsync()), StringComparison.Ordinal);
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"p","method":"tools/call","params":{"name":"act","arguments":{"what":"progress"},"_meta":{"progressToken":"tok"}}}""");
        Assert.Equal("tok", (await wrapped.ReadAsync()).GetProperty("params").GetProperty("progressToken").GetString());
        Assert.Equal("p", (await wrapped.ReadAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Messages_keep_their_order_and_each_gets_its_response()
    {
        var noted = vault.Folder.Write("noted", "");
        await using var wrapped = await vault.Start(more: ("NOTED", noted)).HelloAsync();
        for (var i = 1; i <= 200; i++)
        {
            await wrapped.WriteAsync(i % 2 == 0
                ? $$$$"""{"jsonrpc":"2.0","method":"notifications/x","params":{"n":{{{{i}}}}}}"""
                : $$$$"""{"jsonrpc":"2.0","id":{{{{i}}}},"method":"tools/call","params":{"name":"echo","arguments":{"text":"{{{{i}}}}"}}}""");
        }

        for (var i = 1; i <= 200; i += 2)
        {
            var response = await wrapped.ReadAsync();
            Assert.Equal((i, $"{i}"), (response.GetProperty("id").GetInt32(), WrappedServer.TextOf(response)));
        }

        await wrapped.HangUpAsync();
        var numbers = File.ReadLines(noted).Select(line => JsonElement.Parse(line)).Where(it => it.GetProperty("method").GetString() == "notifications/x").Select(it => it.GetProperty("params").GetProperty("n").GetInt32());
        Assert.Equal(Enumerable.Range(1, 100).Select(it => 2 * it), numbers);
    }

    [Theory]
    [InlineData("not json", -32700)]
    [InlineData("[]", -32600)]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}]""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"act"}}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"act"}}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","\u006eame":"act"}}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\ud800"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call"}""", -32602)]
    public async Task What_could_be_read_in_two_ways_never_reaches_the_server(string line, int code)
    {
        await using var wrapped = await vault.Start().HelloAsync();
        await wrapped.WriteAsync(line);

        Assert.Equal(code, (await wrapped.ReadAsync()).GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(["echo", "act"], NamesIn(await wrapped.ListAsync()));
    }

    [Fact]
    public async Task A_tool_without_a_policy_is_not_called_and_the_error_says_how_to_allow_it()
    {
        await using var wrapped = await vault.Start("--name some").HelloAsync();

        Assert.Equal(["echo"], NamesIn(await wrapped.ListAsync()));
        var refused = await wrapped.ActAsync("die");
        Assert.Equal("ACCESS_DENIED", WrappedServer.CodeOf(refused));
        Assert.Contains("sanctum policy add NAME --principal agent:bot --resources 'tool:some/act' --actions call", refused.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("x", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "x" })));
    }

    [Fact]
    public async Task A_server_that_no_policy_speaks_of_lists_nothing_and_says_why()
    {
        await using var wrapped = await vault.Start("--name other").HelloAsync();
        var refused = await wrapped.ListAsync();

        Assert.Equal("ACCESS_DENIED", WrappedServer.CodeOf(refused));
        Assert.Contains("sanctum policy add other-tools --principal agent:bot --resources 'tool:other/*' --actions call", refused.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("ACCESS_DENIED", WrappedServer.CodeOf(await wrapped.CallAsync("echo", [])));
    }

    [Fact]
    public async Task Calls_are_on_the_record_with_their_outcome_and_without_arguments()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        await wrapped.CallAsync("echo", new JsonObject { ["text"] = "argument-5Rk2" });
        await wrapped.ActAsync("fail");
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"act","arguments":{"what":"silent"}}}""");
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}""");
        await wrapped.ActAsync("die");
        await wrapped.HangUpAsync();

        var log = await vault.Folder.DoAsync("audit log --last 40 --json");
        var outcomes = JsonElement.Parse(log).GetProperty("entries").EnumerateArray().Where(it => it.GetProperty("action").GetString() == "tool.outcome").TakeLast(4).ToList();
        Assert.DoesNotContain("argument-5Rk2", log, StringComparison.Ordinal);
        Assert.Equal(["ok", "failed", "cancelled", "lost"], outcomes.Select(it => it.GetProperty("details").GetProperty("result").GetString()));
        Assert.Equal(["tool:server/echo", "tool:server/act", "tool:server/act", "tool:server/act"], outcomes.Select(it => it.GetProperty("resource").GetString()));
        Assert.All(outcomes, it => Assert.True(it.GetProperty("details").GetProperty("duration_ms").GetString()!.All(char.IsAsciiDigit)));
    }

    public static TheoryData<string> Forms() => [.. new[] { "plain", "upper", "base64", "base64url", "base32", "hex", "percent", "json", "html", "decimal", "octal", "utf16", "zero-width", "lines" }];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_secret_that_was_exposed_does_not_come_back(string form)
    {
        await using var wrapped = await vault.Start("--name server --expose DB_URL=db/url").HelloAsync();

        var result = await wrapped.ActAsync("encodings", ("variable", "DB_URL"), ("form", form));

        Assert.Contains("[REDACTED]", WrappedServer.TextOf(result), StringComparison.Ordinal);
        Assert.False(SecretForms.Tells(WrappedServer.TextOf(result).Replace("\u200b", "", StringComparison.Ordinal).Replace("\\u{200b}", "", StringComparison.Ordinal), WrapVault.Secret));
        await wrapped.ActAsync("stderr", ("text", $"key={WrapVault.Secret}"));
        Assert.Contains("key=[REDACTED]", (await wrapped.HangUpAsync()).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exposed_secret_is_a_disclosure_on_a_lease_that_ends_with_the_server()
    {
        await using var wrapped = await vault.Start("--name server --expose DB_URL=db/url").HelloAsync();
        await wrapped.ListAsync();
        Assert.Contains("db/url", await vault.Folder.DoAsync("lease status"), StringComparison.Ordinal);

        await wrapped.HangUpAsync();

        Assert.DoesNotContain("db/url", await vault.Folder.DoAsync("lease status"), StringComparison.Ordinal);
        var actions = JsonElement.Parse(await vault.Folder.DoAsync("audit log --last 20 --resource db/url --json")).GetProperty("entries").EnumerateArray().Select(it => it.GetProperty("action").GetString()).TakeLast(2);
        Assert.Equal(["retrieve", "lease.release"], actions);
    }

    [Theory]
    [InlineData("--expose A=db/used", "db/used")]
    [InlineData("--expose A=db/none", "no policy")]
    [InlineData("--expose A=db/short", "fewer than 8 bytes")]
    [InlineData("--expose A", "DATABASE_URL=prod/database_url")]
    [InlineData("--expose A=db/url --expose A=db/url", "each variable once")]
    [InlineData("--name a/b", "a name for the server")]
    [InlineData("--name ..", "a name for the server")]
    public async Task What_can_not_be_given_is_refused_before_the_server_starts(string options, string why)
    {
        await using var wrapped = vault.Start(options);
        var (rest, exitCode, errors) = await wrapped.HangUpAsync();

        Assert.Equal("", rest);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hidden_characters_and_escape_sequences_are_shown_and_counted()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        var result = await wrapped.ActAsync("say", ("text", "see\u001b[8mthis\u001b[0m \u202eand\U000e0041 that\u200b"));

        Assert.Equal("see\\u{1b}[8mthis\\u{1b}[0m \\u{202e}and\\u{e0041} that\\u{200b}", WrappedServer.TextOf(result));
        Assert.Equal("[sanctum: hidden characters in this result are shown escaped: 5]", result.GetProperty("result").GetProperty("content")[1].GetProperty("text").GetString());
        await wrapped.ActAsync("stderr", ("text", "a\u001b]0;title\u0007b"));
        var errors = (await wrapped.HangUpAsync()).Errors;
        Assert.Contains("a\\u{1b}]0;title\\u{7}b", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', errors);
    }

    internal static string[] NamesIn(JsonElement list) => !list.TryGetProperty("result", out _) ? throw new InvalidOperationException(list.GetRawText()) : [.. list.GetProperty("result").GetProperty("tools").EnumerateArray().Select(it => it.GetProperty("name").GetString()!)];
}
