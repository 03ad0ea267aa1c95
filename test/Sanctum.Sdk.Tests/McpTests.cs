using System.Text.Json;

namespace Sanctum.Sdk.Tests;

/// <summary>The Model Context Protocol's own programs from npm use the vault, and are used through it, unmodified.</summary>
public sealed class McpTests(SdkVault vault, NpmFolder npm) : IClassFixture<SdkVault>, IClassFixture<NpmFolder>
{
    private static string Sanctum => Path.Join(AppContext.BaseDirectory, "sanctum");

    // It checks each result against the schema that the tool was listed with.
    [Fact]
    public async Task The_reference_client_lists_and_calls_the_vaults_tools()
    {
        using var child = npm.Run(
            """
            const client = await connect(args[0], ['mcp', 'serve', '--vault-path', args[1], '--agent', args[2]]);
            const say = it => console.log(JSON.stringify(it));
            const call = async (name, given) => { const it = await client.callTool({ name, arguments: given }); say(it.isError ? it.content[0].text : it.structuredContent); return it.structuredContent; };
            say({ server: client.getServerVersion().name, tools: (await client.listTools()).tools.map(tool => tool.name) });
            await call('sanctum_list_credentials', { prefix: 'openai/' });
            await call('sanctum_http_request', { credential: 'openai/key', method: 'GET', url: args[3] + '/ok', headers: { 'x-from': 'model' } });
            await call('sanctum_check_access', { credential: 'openai/key', operation: 'http_request', url: 'https://elsewhere.example/' });
            const { signature } = await call('sanctum_sign', { credential: 'openai/key', data: 'text' });
            await call('sanctum_verify', { credential: 'openai/key', data: 'text', signature });
            const { ciphertext } = await call('sanctum_encrypt', { credential: 'openai/key', data: 'text' });
            await call('sanctum_decrypt', { credential: 'openai/key', data: ciphertext });
            await call('sanctum_status', {});
            await call('sanctum_sign', { credential: 'openai/key' });
            await client.close();
            """,
            Sanctum, vault.Folder, SdkVault.Agent, vault.Streams.Origin);

        var hello = await ReadAsync(child);
        Assert.Equal(("sanctum", 12), (hello.GetProperty("server").GetString(), hello.GetProperty("tools").GetArrayLength()));
        Assert.Equal("openai/key", Assert.Single((await ReadAsync(child)).GetProperty("credentials").EnumerateArray()).GetProperty("path").GetString());
        var response = await ReadAsync(child);
        Assert.Equal(200, response.GetProperty("status").GetInt32());
        Assert.DoesNotContain(SdkVault.Secret, response.ToString(), StringComparison.Ordinal);
        Assert.Equal("EGRESS_DENIED", (await ReadAsync(child)).GetProperty("code").GetString());
        Assert.NotEmpty((await ReadAsync(child)).GetProperty("signature").GetString()!);
        Assert.True((await ReadAsync(child)).GetProperty("valid").GetBoolean());
        Assert.NotEmpty((await ReadAsync(child)).GetProperty("ciphertext").GetString()!);
        Assert.Equal("text", (await ReadAsync(child)).GetProperty("plaintext").GetString());
        Assert.Equal((SdkVault.Agent, "unsealed"), await ReadAsync(child) is var state ? (state.GetProperty("agent").GetString(), state.GetProperty("state").GetString()) : default);
        Assert.StartsWith("INVALID_PARAMS: 'data' is missing", (await ReadAsync(child)).GetString(), StringComparison.Ordinal);
        Assert.Contains(vault.Streams.Requests, it => it.Key == $"Bearer {SdkVault.Secret}");
        await child.EndAsync();
    }

    [Fact]
    public async Task A_server_runs_without_the_key_that_it_finds_in_its_environment()
    {
        using var child = npm.Run(
            """
            const client = await connect(args[0], ['run', '--vault-path', args[1], '--agent', args[2], '--env', 'SERVICE_KEY=openai/key', '--', 'node', args[3]]);
            console.log((await client.listTools()).tools.length);
            const found = JSON.parse((await client.callTool({ name: 'get-env', arguments: {} })).content[0].text);
            console.log(JSON.stringify(found));
            process.stdin.on('end', () => client.close()).resume();
            """,
            Sanctum, vault.Folder, SdkVault.Agent, npm.Everything);

        Assert.True(int.Parse(await child.LineAsync() ?? await child.EndAsync(), System.Globalization.CultureInfo.InvariantCulture) > 5);
        var environment = await ReadAsync(child);
        var key = environment.GetProperty("SERVICE_KEY").GetString()!;

        Assert.StartsWith("sk-", key, StringComparison.Ordinal);
        Assert.NotEqual(SdkVault.Secret, key);
        Assert.DoesNotContain(SdkVault.Secret, environment.ToString(), StringComparison.Ordinal);
        var server = child.Innermost();
        Assert.NotEmpty(Memory.Find(server, "SERVICE_KEY")); // What is there is found.
        Assert.Empty(Memory.Find(server, SdkVault.Secret));
        await child.EndAsync();
    }

    private static async Task<JsonElement> ReadAsync(Child child) => JsonElement.Parse(await child.LineAsync() ?? await child.EndAsync());
}
