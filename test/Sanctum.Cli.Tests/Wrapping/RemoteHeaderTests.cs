using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary><c>sanctum mcp wrap URL --header</c>: plain headers go with each request, over TLS, and nothing else does.</summary>
public sealed class RemoteHeaderTests(WrapVault vault) : IClassFixture<WrapVault>
{
    [Fact]
    public async Task A_header_goes_with_each_request_beside_the_key_of_the_vault()
    {
        using var remote = new RemoteProgram(vault.Folder.Home, vault.WriteCertificate());
        var origin = $"https://localhost:{await remote.LineAsync()}";
        await vault.Folder.DoAsync($"store headed/key --allow-origin {origin} --allow-credential Mcp-Session-Id", WrapVault.Secret);
        await vault.Folder.DoAsync("policy set headed --principal agent:bot --resources headed/key --actions use");
        await using (var wrapped = Wrap($"{origin}/mcp", "--credential", "headed/key", "--header", "X-Version: 2", "-H", "X-MCP-Toolsets:  repos, issues "))
        {
            await wrapped.HelloAsync();
            await wrapped.ListAsync();
            var said = WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["n"] = 1 }));

            var seen = JsonElement.Parse(said).GetProperty("seen").EnumerateArray().ToList();
            Assert.Equal(["initialize", "notifications/initialized", "tools/list"], seen.Take(3).Select(it => it.GetProperty("method").GetString()!));
            Assert.All(seen, it => Assert.Equal("[\"2\"]", it.GetProperty("version").GetRawText()));
            Assert.All(seen, it => Assert.Contains(it.GetProperty("names").EnumerateArray(), name => name.GetString()!.Equals("X-MCP-Toolsets", StringComparison.OrdinalIgnoreCase)));
            Assert.Contains("Bearer [REDACTED]", said, StringComparison.Ordinal);
            Assert.DoesNotContain("warning", (await wrapped.HangUpAsync()).Errors, StringComparison.Ordinal);
        }

        Assert.Equal("deleted session-1 2", await remote.LineAsync());
    }

    // The vault decides what goes beside a secret; the wrapper does not leave it out unsaid.
    [Theory]
    [InlineData("X-Forwarded-Host: other.example", "can't set the header X-Forwarded-Host")]
    [InlineData("X-Api-Key: another", "carries another credential")]
    public async Task What_can_not_go_beside_a_secret_is_the_vaults_to_refuse(string header, string why)
    {
        using var remote = new RemoteProgram(vault.Folder.Home, vault.WriteCertificate());
        var origin = $"https://localhost:{await remote.LineAsync()}";
        var path = $"beside/key-{Guid.NewGuid():N}";
        await vault.Folder.DoAsync($"store {path} --allow-origin {origin}", WrapVault.Secret);
        await vault.Folder.DoAsync("policy set beside --principal agent:bot --resources beside/* --actions use");
        await using var wrapped = Wrap($"{origin}/mcp", "--credential", path, "--header", header);
        await wrapped.WriteAsync(WrappedServer.Hello());

        var error = (await wrapped.ReadAsync()).GetProperty("error").GetProperty("message").GetString()!;

        Assert.Contains("INVALID_PARAMS", error, StringComparison.Ordinal);
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no colon")]
    [InlineData(": value")]
    [InlineData("X Version: 2")]
    [InlineData("X-Version: 2\r\nHost: other.example")]
    [InlineData("X-Version: 2\nX-Api-Key: y")]
    [InlineData("X-Version: ü")]
    [InlineData("Host: other.example")]
    [InlineData("connection: close")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Content-Length: 1")]
    [InlineData("TE: trailers")]
    [InlineData("Proxy-Connection: close")]
    [InlineData("Proxy-Authorization: Basic eDp5")]
    [InlineData("Accept: text/html")]
    [InlineData("Content-Type: text/html")]
    [InlineData("Mcp-Session-Id: another")]
    [InlineData("MCP-PROTOCOL-VERSION: 2024-11-05")]
    [InlineData("Mcp-Method: tools/call")]
    [InlineData("Last-Event-ID: 7")]
    [InlineData("Authorization: Bearer another")]
    [InlineData("cookie: a=b")]
    public async Task A_header_that_is_not_plain_is_refused_before_anything_is_sent(string header)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        await using var wrapped = Wrap($"http://{listener.LocalEndpoint}/mcp", "--credential", "db/used", "--header", header);
        var (left, exitCode, errors) = await wrapped.HangUpAsync();

        Assert.Equal(("", 2), (left, exitCode));
        Assert.Contains("--header has an invalid value", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("another", errors, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Headers_are_counted_and_each_is_there_once()
    {
        foreach (var given in new[] { ["X-A: 1", "x-a: 2"], [.. Enumerable.Range(0, 33).Select(it => $"X-{it}: 1")], new[] { "X-Long: " + new string('a', 16 * 1024) } })
        {
            await using var wrapped = Wrap("http://127.0.0.1:9/mcp", [.. given.SelectMany(it => new[] { "--header", it })]);
            Assert.Equal(2, (await wrapped.HangUpAsync()).ExitCode);
        }
    }

    [Theory]
    [InlineData("Authorization: Bearer zT8kQ2mVx94LpRw7", "looks like a secret")]
    [InlineData("X-Tenant-Key: zT8kQ2mVx94LpRw7", "looks like a secret")]
    [InlineData("X-Anything: sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "looks like a secret")]
    [InlineData("X-Anything: ${TENANT}", "has a placeholder")]
    [InlineData("X-Anything: sanctum://db/used", "has a placeholder")]
    [InlineData("X-Version: 2", null)]
    public async Task A_secret_or_a_placeholder_is_warned_of_and_not_repeated(string header, string? warning)
    {
        ArgumentNullException.ThrowIfNull(header);
        using var remote = new RemoteProgram(vault.Folder.Home, vault.WriteCertificate(), isOpen: true);
        var environment = vault.Environment();
        environment["SSL_CERT_FILE"] = vault.AuthorityFile;
        await using var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", "--header", header, $"https://localhost:{await remote.LineAsync()}/mcp"], environment);
        await wrapped.HelloAsync();
        var seen = JsonElement.Parse(WrappedServer.TextOf(await wrapped.CallAsync("echo", []))).GetProperty("seen");
        var errors = (await wrapped.HangUpAsync()).Errors;

        Assert.All(seen.EnumerateArray(), it => Assert.Contains(it.GetProperty("names").EnumerateArray(), name => name.GetString() == header.Split(':')[0]));
        if (warning is null)
        {
            Assert.DoesNotContain("warning", errors, StringComparison.Ordinal);
            return;
        }

        Assert.Contains($"warning: the header {header.Split(':')[0]} {warning}", errors, StringComparison.Ordinal);
        Assert.Contains("--credential", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(header.Split(' ')[^1], errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_gets_no_headers()
    {
        await using var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", "--header", "X-Version: 2", "--", "/bin/true"], vault.Environment());
        var (_, exitCode, errors) = await wrapped.HangUpAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains("--header is for a server at a URL", errors, StringComparison.Ordinal);
    }

    private WrappedServer Wrap(string address, params string[] options) => new(["mcp", "wrap", "--name", "server", .. options, address], vault.Environment());
}
