using System.Text.Json;

namespace Sanctum.Sdk.Tests;

/// <summary>Servers of the Model Context Protocol's own, from npm and unmodified, wrapped, and used by its reference client.</summary>
public sealed class McpWrapTests(SdkVault vault, NpmFolder npm) : IClassFixture<SdkVault>, IClassFixture<NpmFolder>
{
    private static string Sanctum => Path.Join(AppContext.BaseDirectory, "sanctum");

    [Fact]
    public async Task The_server_that_shows_everything_passes_through()
    {
        await vault.GrantToolsAsync("everything");
        using var child = npm.Run(
            """
            const client = await connect(args[0], ['mcp', 'wrap', '--vault-path', args[1], '--agent', args[2], '--name', 'everything', '--env', 'SERVICE_KEY=openai/key', '--', 'node', args[3]]);
            const say = it => console.log(JSON.stringify(it));
            say((await client.listTools()).tools.map(tool => tool.name));
            say((await client.callTool({ name: 'echo', arguments: { message: 'hello' } })).content[0].text);
            say((await client.listResources()).resources.length);
            say((await client.listPrompts()).prompts.length);
            say(JSON.parse((await client.callTool({ name: 'get-env', arguments: {} })).content[0].text));
            process.stdin.on('end', () => client.close()).resume();
            """,
            Sanctum, vault.Folder, SdkVault.Agent, npm.Everything);

        Assert.True((await ReadAsync(child)).GetArrayLength() > 5);
        Assert.Equal("Echo: hello", (await ReadAsync(child)).GetString());
        Assert.True((await ReadAsync(child)).GetInt32() > 0);
        Assert.True((await ReadAsync(child)).GetInt32() > 0);
        var environment = await ReadAsync(child);
        Assert.StartsWith("sk-", environment.GetProperty("SERVICE_KEY").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(SdkVault.Secret, environment.ToString(), StringComparison.Ordinal);
        var server = child.Innermost();
        Assert.NotEmpty(Memory.Find(server, "SERVICE_KEY")); // What is there is found.
        Assert.Empty(Memory.Find(server, SdkVault.Secret));
        await child.EndAsync();
    }

    // What a call through the wrapper takes more than one without it, alternating in one run.
    [Fact]
    public async Task The_server_of_files_passes_through_and_a_call_is_not_much_slower()
    {
        await vault.GrantToolsAsync("filesystem");
        using var child = npm.Run(
            """
            const wrapped = await connect(args[0], ['mcp', 'wrap', '--vault-path', args[1], '--agent', args[2], '--name', 'filesystem', '--', 'node', args[3], args[4]]);
            const direct = await connect('node', [args[3], args[4]]);
            const read = async client => (await client.callTool({ name: 'read_text_file', arguments: { path: args[4] + '/note.txt' } })).content[0].text;
            console.log(JSON.stringify([(await wrapped.listTools()).tools.map(it => it.name), (await direct.listTools()).tools.map(it => it.name), await read(wrapped), await read(direct)]));
            const [slow, fast] = [[], []];
            for (let i = 0; i < 600; i++)
              for (const [client, times] of [[direct, fast], [wrapped, slow]]) {
                const start = process.hrtime.bigint();
                await read(client);
                times.push(Number(process.hrtime.bigint() - start) / 1e6);
              }
            const median = times => times.slice(100).sort((a, b) => a - b)[250];
            console.log(JSON.stringify({ direct: median(fast), wrapped: median(slow) }));
            await wrapped.close();
            await direct.close();
            """,
            Sanctum, vault.Folder, SdkVault.Agent, npm.Files, npm.Folder);

        var said = await ReadAsync(child);
        Assert.Equal(said[1].ToString(), said[0].ToString());
        Assert.Equal("a note", said[2].GetString());
        Assert.Equal("a note", said[3].GetString());
        var times = await ReadAsync(child);
        TestContext.Current.SendDiagnosticMessage(times.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(times.ToString());

        // A busy machine takes twenty times as long as an idle one: only what waits for something is noticed here.
        Assert.InRange(times.GetProperty("wrapped").GetDouble() - times.GetProperty("direct").GetDouble(), -50, 250);
        await child.EndAsync();
    }

    private static async Task<JsonElement> ReadAsync(Child child) => JsonElement.Parse(await child.LineAsync() ?? await child.EndAsync());
}
