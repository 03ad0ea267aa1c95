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
        Assert.Equal(["echo", "act"], NamesIn(await wrapped.AskAsync("tools/list", (JsonObject)meta.DeepClone())));
        var call = new JsonObject { ["name"] = "echo", ["arguments"] = new JsonObject { ["text"] = "hello" }, ["_meta"] = meta["_meta"]!.DeepClone() };
        Assert.Equal("hello", WrappedServer.TextOf(await wrapped.AskAsync("tools/call", call)));
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

    // Taken out of these, what is left is no message any more. Passed on as it is, it would tell the secret.
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"result":{"content":[],"bytes":[BYTES]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"x","data":[BYTES]}}""")]
    public async Task A_response_that_can_not_be_searched_is_withheld(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var bytes = string.Join(',', WrapVault.Secret.Select(c => (int)c));
        await using var wrapped = await vault.Start("--name server --expose DB_URL=db/url").HelloAsync();

        var withheld = await wrapped.ActAsync("raw", ("line", line.Replace("BYTES", bytes, StringComparison.Ordinal)));

        Assert.Equal("RESPONSE_WITHHELD", WrappedServer.CodeOf(withheld));
        Assert.DoesNotContain(wrapped.Lines, it => it.Contains(bytes, StringComparison.Ordinal));
        Assert.Equal("next", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "next" })));
    }

    // What the server was given is the vault's to take back: it ends, and what is asked of it then is told so.
    [Theory]
    [InlineData("lease revoke --all")]
    [InlineData("agent freeze leased --reason tried")]
    public async Task A_server_ends_with_the_lease_of_what_it_was_given(string command)
    {
        var agent = command.StartsWith("agent", StringComparison.Ordinal) ? "leased" : "bot";
        if (agent == "leased")
        {
            await vault.Folder.DoAsync("agent register leased");
        }

        await vault.Folder.DoAsync("store short/lease", WrapVault.Secret);
        await vault.Folder.DoAsync($"policy set short --principal agent:{agent} --resources short/lease --actions retrieve,use --max-ttl 4");
        await vault.Folder.DoAsync($"policy set short-tools --principal agent:{agent} --resources tool:leased/* --actions call");
        await using var wrapped = await vault.Start("--name leased --expose KEY=short/lease", agent: agent).HelloAsync();
        Assert.Equal("x", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "x" })));
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"waits","method":"tools/call","params":{"name":"act","arguments":{"what":"silent"}}}""");

        await vault.Folder.DoAsync(command);

        // Nothing that it was asked stays without a response.
        var response = await wrapped.ReadAsync();
        Assert.Equal("waits", response.GetProperty("id").GetString());
        Assert.Equal("SERVER_ENDED", WrappedServer.CodeOf(response));
        var (_, _, errors) = await wrapped.HangUpAsync();
        Assert.Contains("ended", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(WrapVault.Secret, errors, StringComparison.Ordinal);
        if (agent == "leased")
        {
            await vault.Folder.DoAsync("agent unfreeze leased");
        }
    }

    // A lease can be renewed twelve times. That is no reason to end a server that may have the secret still.
    [Fact]
    public async Task A_server_lives_longer_than_a_lease_can_be_renewed_and_ends_when_the_secret_changes()
    {
        await vault.Folder.DoAsync("store long/lease", WrapVault.Secret);
        await vault.Folder.DoAsync("policy set long --principal agent:bot --resources long/lease --actions retrieve,use --max-ttl 3");
        await using var wrapped = await vault.Start("--name server --expose KEY=long/lease").HelloAsync();
        var first = JsonElement.Parse(WrappedServer.TextOf(await wrapped.ActAsync("env"))).GetProperty("PID_OF_SERVER").GetString();
        await Until(async () => Count(await vault.Folder.DoAsync("audit log --last 100 --resource long/lease --json"), "\"retrieve\"") >= 2);

        Assert.Equal(first, JsonElement.Parse(WrappedServer.TextOf(await wrapped.ActAsync("env"))).GetProperty("PID_OF_SERVER").GetString());
        await vault.Folder.DoAsync("store long/lease", WrapVault.Secret + "-new");

        // A call that meets the end of the old one is told so.
        await Until(async () => await wrapped.ActAsync("env") is var response && response.TryGetProperty("result", out _)
            && JsonElement.Parse(WrappedServer.TextOf(response)).GetProperty("PID_OF_SERVER").GetString() != first);
        Assert.Contains("has changed", (await wrapped.HangUpAsync()).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_isolated_server_sees_neither_the_vault_nor_the_network()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        var key = Path.Join(vault.Folder.Vault, "keys", "bot.key");
        using var outside = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        outside.Start();
        var port = ((System.Net.IPEndPoint)outside.LocalEndpoint).Port;
        await using var free = await vault.Start().HelloAsync();
        await using var isolated = await vault.Start("--name server --isolate --expose DB_URL=db/url").HelloAsync();

        Assert.Equal(["echo", "act"], NamesIn(await isolated.ListAsync()));
        Assert.Equal("readable", await ReadAsync(free, key));
        Assert.NotEqual("readable", await ReadAsync(isolated, key));
        Assert.NotEqual("readable", await ReadAsync(isolated, Directory.GetFiles(Path.Join(vault.Folder.Vault, "tools", "bot"))[0]));
        Assert.Equal("connected", await DialAsync(free, port));
        Assert.NotEqual("connected", await DialAsync(isolated, port));
        Assert.Contains("[REDACTED]", WrappedServer.TextOf(await isolated.ActAsync("encodings", ("variable", "DB_URL"), ("form", "hex"))), StringComparison.Ordinal);

        // The end of it is the end of all that it started.
        var child = WrappedServer.TextOf(await isolated.ActAsync("child"));
        Assert.NotEmpty(child);
        Assert.Equal(0, (await isolated.HangUpAsync()).ExitCode);
        await Until(() => Task.FromResult(!Directory.GetDirectories("/proc").Any(it => IsSleepOf(it))));

        static async Task<string> ReadAsync(WrappedServer server, string path) => WrappedServer.TextOf(await server.ActAsync("read", ("path", path)));
        static async Task<string> DialAsync(WrappedServer server, int port) => WrappedServer.TextOf(await server.ActAsync("dial", ("port", port)));
    }

    private static bool IsSleepOf(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline") == "sleep\01000\0" && File.ReadAllText($"{process}/environ").Contains("DB_URL=", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int Count(string text, string word) => text.Split(word).Length - 1;

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 120; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(250);
        }

        Assert.Fail("it did not come about in thirty seconds");
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
