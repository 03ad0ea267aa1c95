using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Sanctum.Cli.Daemons;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary>A server that ends, that floods, or that responds as it should not: the host is not hung, and nothing grows.</summary>
public sealed class ServerEndTests(WrapVault vault) : IClassFixture<WrapVault>
{
    [Fact]
    public async Task Requests_on_a_server_that_ends_get_an_error_and_the_next_one_starts_it_again()
    {
        var noted = vault.Folder.Write("hands", "");
        await using var wrapped = await vault.Start(more: ("NOTED", noted)).HelloAsync();
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"waits","method":"tools/call","params":{"name":"act","arguments":{"what":"silent"}}}""");
        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"kills","method":"tools/call","params":{"name":"act","arguments":{"what":"die"}}}""");
        var (first, second) = (await wrapped.ReadAsync(), await wrapped.ReadAsync());

        Assert.Equal(["kills", "waits"], new[] { first, second }.Select(it => it.GetProperty("id").GetString()).Order());
        Assert.All(new[] { first, second }, it => Assert.Equal("SERVER_ENDED", WrappedServer.CodeOf(it)));
        Assert.Equal("again", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "again" })));
        Assert.Equal(2, File.ReadLines(noted).Count(line => line.Contains("notifications/initialized", StringComparison.Ordinal)));
        Assert.Equal(1, wrapped.Lines.Count(line => line.Contains("serverInfo", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_ends_again_and_again_is_left_alone()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        for (var i = 0; i < 6; i++)
        {
            Assert.Contains("ended before it responded", (await wrapped.ActAsync("die")).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.Contains("is not started again", (await wrapped.ActAsync("die")).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("twice", "first")]
    [InlineData("wrong", "right")]
    public async Task What_was_not_asked_for_is_dropped(string what, string expected)
    {
        await using var wrapped = await vault.Start().HelloAsync();

        Assert.Equal(expected, WrappedServer.TextOf(await wrapped.ActAsync(what)));
        Assert.Equal("next", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "next" })));
        Assert.DoesNotContain(wrapped.Lines, line => line.Contains("second", StringComparison.Ordinal) || line.Contains("nobody-asked", StringComparison.Ordinal));
        Assert.Contains("it is dropped", (await wrapped.HangUpAsync()).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this is a log line")]
    [InlineData("[]")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1}}")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"method\":\"b\"}")]
    public async Task A_line_that_is_no_message_is_dropped_and_the_rest_goes_on(string line)
    {
        await using var wrapped = await vault.Start().HelloAsync();
        await wrapped.WriteAsync(new JsonObject
        {
            ["jsonrpc"] = "2.0", ["id"] = "raw", ["method"] = "tools/call", ["params"] = new JsonObject { ["name"] = "act", ["arguments"] = new JsonObject { ["what"] = "raw", ["line"] = line } },
        }.ToJsonString());

        Assert.Equal("next", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "next" })));
        Assert.DoesNotContain(wrapped.Lines, it => it.Contains(line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"result":{"a":1,"a":2}}""")]
    [InlineData("""{"result":{"a":1,"a":2},"jsonrpc":"2.0","id":ID}""")]
    [InlineData("""{"jsonrpc":"2.0","id":ID,"result":{""")]
    public async Task A_response_that_can_not_be_read_ends_its_request(string line)
    {
        await using var wrapped = await vault.Start().HelloAsync();

        Assert.Equal("RESPONSE_TOO_LARGE", WrappedServer.CodeOf(await wrapped.ActAsync("raw", ("line", line))));
    }

    [Theory]
    [InlineData(16 * 1024 * 1024 - 4096, false)]
    [InlineData(17 * 1024 * 1024, true)]
    public async Task A_response_beyond_the_limit_ends_its_request_and_no_other(int length, bool isRefused)
    {
        await using var wrapped = await vault.Start().HelloAsync();
        var response = await wrapped.ActAsync("long", ("length", length));

        Assert.Equal(isRefused, response.TryGetProperty("error", out _));
        Assert.Equal("next", WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "next" })));
    }

    // The server can write as much as it likes: what the host has not read is in the pipe, and the server waits.
    [Fact]
    public async Task Output_that_nobody_reads_is_not_kept()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        await wrapped.ListAsync();
        var before = MemoryOf(wrapped.Id);
        for (var i = 0; i < 60; i++)
        {
            await wrapped.WriteAsync($$$$"""{"jsonrpc":"2.0","id":"long-{{{{i}}}}","method":"tools/call","params":{"name":"act","arguments":{"what":"long","length":4000000}}}""");
        }

        await Task.Delay(TimeSpan.FromSeconds(3));
        var grown = MemoryOf(wrapped.Id) - before;

        for (var i = 0; i < 60; i++)
        {
            Assert.Equal($"long-{i}", (await wrapped.ReadAsync()).GetProperty("id").GetString());
        }

        Assert.True(grown < 150_000, $"it has grown by {grown} KiB of 240 MB");
    }

    [Fact]
    public async Task Notifications_beyond_a_thousand_a_second_come_later_and_none_is_lost()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        await wrapped.ListAsync();
        wrapped.Lines.Clear();
        var watch = Stopwatch.StartNew();
        await wrapped.ActAsync("flood", ("number", 3500));

        Assert.Equal(Enumerable.Range(0, 3500), wrapped.Lines.SkipLast(1).Select(line => System.Text.Json.JsonElement.Parse(line).GetProperty("params").GetProperty("data").GetInt32()));
        Assert.InRange(watch.Elapsed.TotalSeconds, 2, 30);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task When_the_host_hangs_up_nothing_of_the_server_is_left(bool isDeaf, bool isKilled)
    {
        await using var wrapped = await vault.Start(more: isDeaf ? [("DEAF", "1")] : []).HelloAsync();
        var child = int.Parse(WrappedServer.TextOf(await wrapped.ActAsync("child")), CultureInfo.InvariantCulture);
        Assert.True(Processes.Runs(child));

        if (isKilled)
        {
            using var kill = Process.Start("/bin/kill", ["-TERM", $"{wrapped.Id}"]);
            await kill.WaitForExitAsync();
        }

        await wrapped.HangUpAsync();

        Assert.False(Processes.Runs(child));
    }

    [Fact]
    public async Task Standard_error_is_passed_on_and_bounded()
    {
        await using var wrapped = await vault.Start(more: ("SAY", "ready")).HelloAsync();
        await wrapped.ActAsync("stderr", ("text", new string('x', 500_000)));
        var errors = (await wrapped.HangUpAsync()).Errors;

        Assert.Contains("ready\n", errors, StringComparison.Ordinal);
        Assert.InRange(errors.Length, 50_000, 200_000);
        Assert.Contains("bytes of the server's standard error are left out]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_failure_with_the_code_that_shells_have()
    {
        await using var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", "--", "/no/such/server"], vault.Environment());
        var (rest, exitCode, errors) = await wrapped.HangUpAsync();

        Assert.Equal(("", 127), (rest, exitCode));
        Assert.Contains("there is no program '/no/such/server'", errors, StringComparison.Ordinal);
    }

    private static long MemoryOf(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
