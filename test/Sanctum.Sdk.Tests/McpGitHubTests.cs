using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>
/// GitHub's own server of the protocol, from npm and unmodified, wrapped in a network of its own. It asks <c>https://api.github.com</c>, which a hosts file that only the daemon sees leads to the tests' service. Node.js 20
/// knows of no proxy, and neither does this server.
/// </summary>
public sealed class McpGitHubTests(NpmFolder npm) : IClassFixture<NpmFolder>, IAsyncLifetime
{
    private const string Host = "api.github.com", Secret = "ghp_canary4Zk7Qw2Lx9Vt3Hn6Rj8Bm5Yc1Pd0", Passphrase = "correct horse battery";

    private readonly TestAuthority _authority = new();
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sanctum-github-");
    private TestUpstream? _service;

    private static string Sanctum => Path.Join(AppContext.BaseDirectory, "sanctum");

    private string Folder => Path.Join(_root.FullName, "vault");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can take the port of https");
        Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");

        // An address of loopback for this test alone.
        var address = new IPAddress([127, 98, (byte)RandomNumberGenerator.GetInt32(1, 255), (byte)RandomNumberGenerator.GetInt32(1, 255)]);
        _service = await TestUpstream.StartAsync(new UpstreamOptions { Authority = _authority, Names = [Host], At = new IPEndPoint(address, 443) });
        var (authority, hosts) = (Path.Join(_root.FullName, "authority.pem"), Path.Join(_root.FullName, "hosts"));
        _authority.WriteCaPem(authority);
        await File.WriteAllTextAsync(hosts, $"127.0.0.1 localhost\n{address} {Host}\n");
        await DoAsync("init");
        await File.WriteAllTextAsync(Path.Join(Folder, "config.json"), $$"""{ "egress": { "trusted_ca_file": "{{authority}}" } }""");
        await DoAsync("agent register coder");
        await DoAsync($"store github/token --allow-origin https://{Host}", Secret);
        await DoAsync("policy add key --principal agent:coder --resources github/token --actions list,use");
        await DoAsync("policy add tools --principal agent:coder --resources tool:github/* --actions call");
        await DoAsync("daemon start", program: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", $"mount --bind {hosts} /etc/hosts && exec \"$@\"", "sh"]);
    }

    [Fact]
    public async Task The_server_of_github_asks_with_a_key_that_it_never_had()
    {
        using var child = npm.Run(
            """
            const client = await connect(args[0], ['mcp', 'wrap', '--vault-path', args[1], '--agent', 'coder', '--name', 'github', '--isolate', '--env', 'GITHUB_PERSONAL_ACCESS_TOKEN=github/token', '--', 'node', args[2]]);
            console.log(JSON.stringify((await client.listTools()).tools.map(tool => tool.name)));
            try {
              console.log(JSON.stringify((await client.callTool({ name: 'search_repositories', arguments: { query: 'sanctum' } })).content));
            } catch (error) {
              console.log(JSON.stringify(error.message));
            }
            process.stdin.on('end', () => client.close()).resume();
            """,
            Sanctum, Folder, npm.GitHub);

        var tools = JsonElement.Parse(await child.LineAsync() ?? await child.EndAsync());
        var said = await child.LineAsync() ?? await child.EndAsync();

        // It was the real key that went out, to the real host's name.
        Assert.Contains(tools.EnumerateArray(), it => it.GetString() == "search_repositories");
        var request = Assert.Single(_service!.Requests, it => it.Target.StartsWith("/search/repositories?", StringComparison.Ordinal));
        Assert.Contains(request.Headers, it => it.Key.Equals("authorization", StringComparison.OrdinalIgnoreCase) && it.Value == $"Bearer {Secret}");
        Assert.Contains(request.Headers, it => it.Key.Equals("host", StringComparison.OrdinalIgnoreCase) && it.Value == Host);
        Assert.DoesNotContain(Secret, said, StringComparison.Ordinal);

        // And the server does not have it.
        var server = child.Innermost();
        Assert.NotEmpty(Memory.Find(server, "GITHUB_PERSONAL_ACCESS_TOKEN")); // What is there is found.
        Assert.Empty(Memory.Find(server, Secret));
        foreach (var file in Directory.EnumerateFiles(npm.GitHub[..npm.GitHub.IndexOf("node_modules", StringComparison.Ordinal)], "*", SearchOption.AllDirectories))
        {
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Secret)) < 0, file);
        }

        await child.EndAsync();
        var log = await DoAsync("audit log --last 20 --json");
        Assert.Contains("tool:github/search_repositories", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, log, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Join(Folder, "admin.sock")))
        {
            await DoAsync("daemon stop");
        }

        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        _authority.Dispose();
        _root.Delete(recursive: true);
    }

    private async Task<string> DoAsync(string command, string? input = null, params string[] program)
    {
        string[] words = [.. program, Sanctum, .. command.Split(' '), "--vault-path", Folder];
        var start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        start.Environment["SANCTUM_PASSPHRASE"] = Passphrase;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"sanctum {command}: {process.ExitCode} {said[1]}");
        return said[0];
    }
}
