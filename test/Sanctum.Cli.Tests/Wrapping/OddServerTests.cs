using System.Text.Json.Nodes;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary>A wrapped server that responds in its own order, or whose tools can't be told apart or counted.</summary>
public sealed class OddServerTests(WrapVault vault) : IClassFixture<WrapVault>
{
    [Fact]
    public async Task Responses_in_another_order_reach_the_requests_that_they_are_for()
    {
        await using var wrapped = await vault.Start().HelloAsync();
        for (var i = 1; i <= 20; i++)
        {
            await wrapped.WriteAsync($$$$"""{"jsonrpc":"2.0","id":"r{{{{i}}}}","method":"tools/call","params":{"name":"act","arguments":{"what":"later","text":"for r{{{{i}}}}"}}}""");
        }

        await wrapped.WriteAsync("""{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"act","arguments":{"what":"now"}}}""");

        Assert.Equal("last", (await wrapped.ReadAsync()).GetProperty("id").GetString());
        for (var i = 20; i >= 1; i--)
        {
            var response = await wrapped.ReadAsync();
            Assert.Equal(($"r{i}", $"for r{i}"), (response.GetProperty("id").GetString(), WrappedServer.TextOf(response)));
        }
    }

    [Theory]
    [InlineData("""{"twin":true}""")]
    [InlineData("""{"many":2047}""")]
    [InlineData("""{"many":300,"pages":true}""")]
    public async Task A_server_whose_tools_can_not_be_pinned_lists_and_calls_none(string poison)
    {
        await using var wrapped = await vault.Start(poison: poison).HelloAsync();

        Assert.Equal("TOOLS_UNKNOWN", WrappedServer.CodeOf(await wrapped.ListAsync()));
        Assert.Equal("TOOLS_UNKNOWN", WrappedServer.CodeOf(await wrapped.CallAsync("echo", new JsonObject { ["text"] = "x" })));
        Assert.True((await wrapped.AskAsync("ping")).TryGetProperty("result", out _)); // The rest goes on.
    }

    [Fact]
    public async Task As_many_tools_as_there_can_be_are_listed()
    {
        await using var wrapped = await vault.Start(poison: """{"many":2046}""").HelloAsync();

        Assert.Equal(2048, WrapTests.NamesIn(await wrapped.ListAsync()).Length);
    }
}
