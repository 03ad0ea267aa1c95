using System.Text.Json;
using Sanctum.Mcp.Transports;

namespace Sanctum.Mcp.Tests.Transports;

/// <summary>A host that is broken, or hostile, is told so and harms nobody else.</summary>
public sealed class LineTransportTests
{
    private const string Hello = """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""";

    [Theory]
    [InlineData("not json", -32700, "null")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":7,", -32700, "null")]
    [InlineData("[]", -32600, "null")]
    [InlineData("""[{"jsonrpc":"2.0","id":7,"method":"tools/list"}]""", -32600, "null")]
    [InlineData("null", -32600, "null")]
    [InlineData("7", -32600, "null")]
    [InlineData("""{"jsonrpc":"1.0","id":7,"method":"tools/list"}""", -32600, "7")]
    [InlineData("""{"id":"seven"}""", -32600, "\"seven\"")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"no/such"}""", -32601, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"sanctum_steal"}}""", -32602, "7")]
    public async Task A_message_that_is_none_gets_a_typed_error_and_the_next_one_is_read(string line, int code, string id)
    {
        await using var served = await ServedVault.StartAsync();
        await served.WriteAsync(Hello);
        Assert.Equal(0, (await ReadAsync(served)).GetProperty("id").GetInt32());

        await served.WriteAsync(line);
        var error = await ReadAsync(served);
        await served.WriteAsync("""{"jsonrpc":"2.0","id":8,"method":"tools/list"}""");
        var next = await ReadAsync(served);

        Assert.Equal((code, id), (error.GetProperty("error").GetProperty("code").GetInt32(), error.GetProperty("id").GetRawText()));
        Assert.Equal(8, next.GetProperty("id").GetInt32());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public async Task A_line_beyond_the_limit_is_refused_and_not_kept(int beyond)
    {
        await using var served = await ServedVault.StartAsync();
        await served.WriteAsync(Hello);
        await ReadAsync(served);
        var writing = served.WriteAsync(new string(' ', LineTransport.MaxMessage - 1) + new string('x', beyond + 1));

        var error = await ReadAsync(served);
        await writing;
        await served.WriteAsync("""{"jsonrpc":"2.0","id":8,"method":"tools/list"}""");

        Assert.Contains("at most 16777216 bytes", error.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(8, (await ReadAsync(served)).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task What_was_asked_before_the_host_hung_up_is_responded_to()
    {
        await using var served = await ServedVault.StartAsync();
        await served.WriteAsync(Hello);
        for (var id = 1; id <= 200; id++)
        {
            await served.WriteAsync(Call(id, "sanctum_status", "{}"));
        }

        await served.Input.FlushAsync();
        await served.HangUpAsync();
        HashSet<int> responded = [];
        while (await served.Lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1)) is { } line)
        {
            responded.Add(JsonElement.Parse(line).GetProperty("id").GetInt32());
        }

        Assert.Equal(Enumerable.Range(0, 201), responded.Order());
        await served.Ended;
    }

    [Fact]
    public async Task A_second_request_with_the_id_of_one_that_runs_is_refused()
    {
        await using var served = await ServedVault.StartAsync();
        await served.WriteAsync(Hello);
        await ReadAsync(served);
        var service = await served.Vault.StartUpstreamAsync();
        var arrived = new TaskCompletionSource();
        var released = new TaskCompletionSource();
        service.Respond(_ =>
        {
            arrived.SetResult();
            released.Task.Wait();
            return new(200);
        });
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, service.Origin);
        var call = Call(1, "sanctum_http_request", RequestTo(service.Origin));

        await served.WriteAsync(call);
        await arrived.Task;
        await served.WriteAsync(call);
        var refused = await ReadAsync(served);
        released.SetResult();
        var done = await ReadAsync(served);

        Assert.Contains("still running", refused.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, done.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetInt32());
        service.RequireSingle();
    }

    [Fact]
    public async Task Calls_that_are_given_up_make_room_for_others()
    {
        await using var served = await ServedVault.StartAsync();
        await served.WriteAsync(Hello);
        await ReadAsync(served);
        var service = await served.Vault.StartUpstreamAsync();
        var released = new TaskCompletionSource();
        service.Respond(_ =>
        {
            released.Task.Wait();
            return new(200);
        });
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, service.Origin);
        for (var id = 1; id <= 150; id++)
        {
            await served.WriteAsync(Call(id, "sanctum_http_request", RequestTo(service.Origin)));
            await served.WriteAsync($$$$"""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{{{{id}}}}}}""");
        }

        await served.WriteAsync("""{"jsonrpc":"2.0","id":"last","method":"tools/list"}""");
        while ((await ReadAsync(served)).GetProperty("id").GetRawText() != "\"last\"")
        {
            // Some may have been responded to before they were given up.
        }

        released.SetResult();
    }

    // Nothing here reports progress. A host that offers to hear of it gets its response and nothing else.
    [Theory]
    [InlineData("\"token\"")]
    [InlineData("7")]
    public async Task A_call_with_a_progress_token_is_a_call_like_another(string token)
    {
        await using var served = await ServedVault.StartAsync();
        await served.WriteAsync(Hello);
        await ReadAsync(served);
        await served.WriteAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"sanctum_status","arguments":{},"_meta":{"progressToken":{{{{token}}}}}}}""");
        var response = await ReadAsync(served);
        await served.WriteAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""");

        Assert.Equal(1, response.GetProperty("id").GetInt32());
        Assert.False(response.GetProperty("result").TryGetProperty("isError", out var isError) && isError.GetBoolean());
        Assert.Equal(2, (await ReadAsync(served)).GetProperty("id").GetInt32());
    }

    private static string Call(int id, string tool, string arguments) =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{{{{arguments}}}}}}""";

    private static string RequestTo(string origin) => $$"""{"credential":"mail/key","method":"GET","url":"{{origin}}/"}""";

    private static async Task<JsonElement> ReadAsync(ServedVault served) =>
        JsonElement.Parse(await served.Lines.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)) ?? throw new EndOfStreamException());
}
