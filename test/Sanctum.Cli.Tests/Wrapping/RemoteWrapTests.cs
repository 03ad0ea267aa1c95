using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.Cli.Tests.Wrapping;

/// <summary><c>sanctum mcp wrap URL</c>: a server over HTTP whose key only the vault has.</summary>
public sealed class RemoteWrapTests(WrapVault vault) : IClassFixture<WrapVault>
{
    [Fact]
    public async Task The_vault_adds_the_key_and_takes_it_out_of_what_comes_back()
    {
        using var remote = Remote();
        var address = $"http://127.0.0.1:{await remote.LineAsync()}/mcp";
        await vault.Folder.DoAsync($"store remote/key --allow-origin {new Uri(address).GetLeftPart(UriPartial.Authority)} --allow-credential Mcp-Session-Id", WrapVault.Secret);
        await vault.Folder.DoAsync("policy set remote --principal agent:bot --resources remote/key --actions use");
        await using (var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", "--credential", "remote/key", address], vault.Environment()))
        {
            await wrapped.HelloAsync();
            Assert.Equal(["echo"], WrapTests.NamesIn(await wrapped.ListAsync()));
            var said = WrappedServer.TextOf(await wrapped.CallAsync("echo", new JsonObject { ["n"] = 1 }));

            Assert.Contains("Bearer [REDACTED]", said, StringComparison.Ordinal);
            Assert.Contains("\"n\": 1", said, StringComparison.Ordinal);
            Assert.Contains(wrapped.Lines, line => line.Contains("notifications/message", StringComparison.Ordinal));
            Assert.Equal("x/unknown", (await wrapped.AskAsync("x/unknown")).GetProperty("result").GetProperty("method").GetString());
            Assert.DoesNotContain(wrapped.Lines, line => line.Contains(WrapVault.Secret, StringComparison.Ordinal));
            Assert.DoesNotContain(Directory.GetFiles(Path.Join(vault.Folder.Vault, "tools", "bot")), path => File.ReadAllText(path).Contains(WrapVault.Secret, StringComparison.Ordinal));
            await wrapped.HangUpAsync();
        }

        Assert.Equal("deleted session-1", await remote.LineAsync());
    }

    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Hosts_of_each_revision_are_passed_on_with_the_headers_of_theirs(string revision)
    {
        using var remote = new RemoteProgram(vault.Folder.Home, isOpen: true);
        await using var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", $"http://127.0.0.1:{await remote.LineAsync()}/mcp"], vault.Environment());
        var isNew = string.CompareOrdinal(revision, "2026") > 0;
        var meta = isNew ? new JsonObject { ["_meta"] = new JsonObject { ["io.modelcontextprotocol/protocolVersion"] = revision } } : [];
        await (isNew ? (Task)wrapped.AskAsync("server/discover", (JsonObject)meta.DeepClone()) : wrapped.HelloAsync(revision));

        Assert.Equal(["echo"], WrapTests.NamesIn(await wrapped.AskAsync("tools/list", (JsonObject)meta.DeepClone())));
        meta["name"] = "echo";
        var seen = JsonElement.Parse(WrappedServer.TextOf(await wrapped.AskAsync("tools/call", meta))).GetProperty("seen").EnumerateArray().ToList();

        Assert.All(seen.Where(it => it.GetProperty("method").GetString()!.StartsWith("tools/", StringComparison.Ordinal)), it => Assert.Equal(revision, it.GetProperty("revision").GetString()));
    }

    [Theory]
    [InlineData("--credential db/used", "EGRESS_DENIED")]
    [InlineData("", "status 401")]
    public async Task A_server_that_can_not_be_asked_is_an_error_that_says_why(string options, string why)
    {
        using var remote = Remote();
        var address = $"http://127.0.0.1:{await remote.LineAsync()}/mcp";
        await using var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), address], vault.Environment());
        await wrapped.WriteAsync(WrappedServer.Hello());

        Assert.Contains(why, (await wrapped.ReadAsync()).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--credential", "db/used", "--", "/bin/true")]
    [InlineData("--expose", "A=db/url", "https://server.example/mcp")]
    [InlineData("--env", "A=db/used", "https://server.example/mcp")]
    public async Task What_belongs_to_programs_is_not_for_addresses_and_the_other_way_round(params string[] arguments)
    {
        await using var wrapped = new WrappedServer(["mcp", "wrap", "--name", "server", .. arguments], vault.Environment());

        Assert.Equal(2, (await wrapped.HangUpAsync()).ExitCode);
    }

    private RemoteProgram Remote() => new(vault.Folder.Home);
}
