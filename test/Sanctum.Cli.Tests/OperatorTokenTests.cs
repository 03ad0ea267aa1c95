using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>What an operator's token is good for, as whoever has read it from another process's environment would try it.</summary>
public sealed class OperatorTokenTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        await _folder.DoAsync("store a/b", "a secret");
        await _folder.DoAsync("daemon start");
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("", "read,approve,manage")]
    [InlineData(" --scope read", "read")]
    [InlineData(" --scope secrets,approve", "approve,secrets")]
    [InlineData(" --scope secrets --scope read", "read,secrets")]
    public async Task A_token_has_the_scopes_that_were_requested_or_all_but_secrets(string option, string scopes)
    {
        var login = await _folder.JsonAsync("login" + option);
        Assert.Equal(scopes, string.Join(',', login.GetProperty("scopes").EnumerateArray().Select(it => it.GetString())));
        Assert.False(login.GetProperty("bound_to_session").GetBoolean());
    }

    [Fact]
    public async Task What_a_token_is_not_good_for_is_refused_and_the_hint_gives_one_that_is()
    {
        await LoginAsync("read");
        await _folder.DoAsync("list");
        foreach (var command in new[]
        {
            "get a/b", "store a/b", "remove a/b", "seal", "daemon stop", "agent register other", "agent disable other", "lease revoke --all", "approval approve 0123",
            "policy add p --principal agent:a --resources * --actions use", "policy set p --principal agent:a --resources * --actions use", "policy remove p",
        })
        {
            var refused = await _folder.RunAsync(command, "another secret");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("needs a token with the scope '", refused.Errors, StringComparison.Ordinal);
            Assert.Contains("sanctum login --scope read,", refused.Errors, StringComparison.Ordinal);
            Assert.Equal("", refused.Output);
        }

        // A refused agent's key is not left behind, and nothing was changed.
        Assert.Empty(Directory.Exists(Path.Join(_folder.Vault, "keys")) ? Directory.GetFiles(Path.Join(_folder.Vault, "keys")) : []);
        await LoginAsync("secrets");
        Assert.Equal("a secret", await _folder.DoAsync("get a/b"));
        Assert.Equal(1, (await _folder.RunAsync("list")).ExitCode);
    }

    [Fact]
    public async Task What_login_prints_says_who_can_use_the_token_and_how_it_is_bound()
    {
        var plain = await _folder.RunAsync("login");
        Assert.Contains("/proc/PID/environ", plain.Errors, StringComparison.Ordinal);
        Assert.Contains("--bind-session", plain.Errors, StringComparison.Ordinal);
        var bound = await _folder.RunAsync("login --bind-session");
        Assert.Contains("only processes of this terminal session", bound.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(bound.Output.Trim(), bound.Errors, StringComparison.Ordinal);
        var unknown = await _folder.RunAsync("login --scope raed");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("did you mean 'read'?", unknown.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" --bind-session", 1)]
    public async Task A_process_of_another_session_that_has_read_the_token_can_use_it_unless_it_is_bound(string option, int expected)
    {
        var token = (await _folder.DoAsync("login" + option)).Trim();
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        _folder.Environment["SANCTUM_TOKEN"] = token;

        await _folder.DoAsync("list");
        var elsewhere = await CliProcess.RunAsync(["--wait", CliProcess.Path, "list"], _folder.Environment, program: "/usr/bin/setsid");

        Assert.Equal(expected, elsewhere.ExitCode);
        Assert.Equal(expected == 1, elsewhere.Errors.Contains("bound to the terminal session", StringComparison.Ordinal));
        Assert.DoesNotContain(token, elsewhere.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agents_key_is_replaced_in_its_file_and_a_disabled_agent_is_shown()
    {
        await _folder.DoAsync("agent register helper");
        var file = Path.Join(_folder.Vault, "keys", "helper.key");
        var first = File.ReadAllText(file);

        var rotated = await _folder.JsonAsync("agent rotate-key helper");
        Assert.Equal(file, rotated.GetProperty("key_file").GetString());
        Assert.NotEqual(first, File.ReadAllText(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(rotated.GetProperty("agent").GetProperty("public_key").GetString(), (await AgentAsync()).GetProperty("public_key").GetString());

        Assert.Contains("agent enable helper", (await _folder.RunAsync("agent disable helper")).Errors, StringComparison.Ordinal);
        Assert.Contains("helper (disabled)", await _folder.DoAsync("agent list"), StringComparison.Ordinal);
        Assert.Contains("is disabled", (await _folder.RunAsync("policy simulate --agent helper --resource a/b --action use")).Errors, StringComparison.Ordinal);
        await _folder.DoAsync("agent enable helper");
        Assert.True((await AgentAsync()).GetProperty("enabled").GetBoolean());

        // A protected key gets a protected one, and of the two kinds of file one is left.
        var passphrase = _folder.Write("key-passphrase", "a passphrase of the key's");
        await _folder.DoAsync($"agent rotate-key helper --key-passphrase-file {passphrase}");
        Assert.Equal([file + ".enc"], Directory.GetFiles(Path.Join(_folder.Vault, "keys")));
        var protectedKey = File.ReadAllText(file + ".enc");
        await _folder.DoAsync($"agent rotate-key helper --key-passphrase-file {passphrase}");
        Assert.NotEqual(protectedKey, File.ReadAllText(file + ".enc"));

        // What is refused leaves the key as it was.
        Assert.Equal(1, (await _folder.RunAsync("agent rotate-key nobody")).ExitCode);
        Assert.Equal([file + ".enc"], Directory.GetFiles(Path.Join(_folder.Vault, "keys")));
    }

    [Fact]
    public async Task Without_a_checkpoint_verifying_says_what_it_can_not_tell()
    {
        Assert.Contains("rolled back whole", (await _folder.RunAsync("audit verify")).Errors, StringComparison.Ordinal);
        var checkpoint = (await _folder.DoAsync("audit verify")).Split("checkpoint ")[1].Trim();
        Assert.DoesNotContain("rolled back whole", (await _folder.RunAsync($"audit verify --checkpoint {checkpoint}")).Errors, StringComparison.Ordinal);
    }

    private async Task<JsonElement> AgentAsync() => (await _folder.JsonAsync("agent list")).GetProperty("agents")[0];

    private async Task LoginAsync(string scopes)
    {
        _folder.Environment.Remove("SANCTUM_TOKEN");
        _folder.Environment["SANCTUM_PASSPHRASE"] = CliFolder.Passphrase;
        _folder.Environment["SANCTUM_TOKEN"] = (await _folder.DoAsync($"login --scope {scopes}")).Trim();
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
    }
}
