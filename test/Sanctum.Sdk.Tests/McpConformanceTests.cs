namespace Sanctum.Sdk.Tests;

/// <summary>A folder with the Model Context Protocol's own suite of checks for servers.</summary>
public sealed class ConformanceFolder() : NpmFolder(["@modelcontextprotocol/conformance@0.1.13"])
{
    /// <summary>The suite's program.</summary>
    public string Suite => ProgramOf("conformance");
}

/// <summary>
/// <c>mcp serve --http</c> against the protocol's own suite, unmodified. What is left out there asks for tools, resources, prompts and completions of its own, which are none of a vault's.
/// </summary>
public sealed class McpConformanceTests(SdkVault vault, ConformanceFolder npm) : IClassFixture<SdkVault>, IClassFixture<ConformanceFolder>
{
    [Theory]
    [InlineData("server-initialize", 1)]
    [InlineData("logging-set-level", 1)]
    [InlineData("ping", 1)]
    [InlineData("tools-list", 1)]
    [InlineData("server-sse-multiple-streams", 2)]
    [InlineData("dns-rebinding-protection", 2)]
    public async Task A_server_over_http_passes_the_protocols_own_checks(string scenario, int checks)
    {
        var token = Path.Join(vault.Keys, "of-hosts");
        using var served = Child.Start(
            "/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", Path.Join(AppContext.BaseDirectory, "sanctum"), "mcp", "serve", "--http", "127.0.0.1:0", "--token-file", token, "--vault-path", vault.Folder, "--agent", SdkVault.Agent);
        var said = await served.LineAsync();
        Assert.StartsWith("serving at http://127.0.0.1:", said, StringComparison.Ordinal);
        var port = new Uri(said!.Split(' ')[2].TrimEnd(';')).Port;

        // The suite sends no token: it is put in on the way. The names that it means to be refused are left as they are.
        using var suite = npm.Run(
            """
            import http from 'node:http';
            import { spawn } from 'node:child_process';
            const [port, token, suite, scenario] = args;
            const way = http.createServer((asked, reply) => {
              const here = `127.0.0.1:${way.address().port}`, there = `127.0.0.1:${port}`;
              const headers = { ...asked.headers, authorization: `Bearer ${token}` };
              if (headers.host === here) headers.host = there;
              if (headers.origin === `http://${here}`) headers.origin = `http://${there}`;
              const sent = http.request({ host: '127.0.0.1', port, method: asked.method, path: asked.url, headers, setHost: false }, it => { reply.writeHead(it.statusCode, it.headers); it.pipe(reply); });
              sent.on('error', () => reply.destroy());
              reply.on('close', () => sent.destroy());
              asked.pipe(sent);
            }).listen(0, '127.0.0.1', () => spawn(process.execPath, [suite, 'server', '--url', `http://127.0.0.1:${way.address().port}/mcp`, '--scenario', scenario], { stdio: 'inherit' }).on('exit', code => process.exit(code)));
            """,
            $"{port}", (await File.ReadAllTextAsync(token, TestContext.Current.CancellationToken)).TrimEnd(), npm.Suite, scenario);

        List<string> lines = [];
        while (await suite.LineAsync() is { } line)
        {
            lines.Add(line);
        }

        await suite.EndAsync();
        Assert.Contains(lines, line => line.StartsWith($"Passed: {checks}/{checks}, 0 failed", StringComparison.Ordinal));
    }
}
