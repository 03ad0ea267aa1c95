using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>What commands do with a vault that no daemon serves.</summary>
public sealed class VaultCommandTests : IAsyncLifetime
{
    private const UnixFileMode File0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Folder0700 = File0600 | UnixFileMode.UserExecute;
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.DoAsync("init");

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task A_new_vault_is_its_owners_alone_and_is_never_made_over()
    {
        Assert.Equal(Folder0700, File.GetUnixFileMode(_folder.Vault));
        Assert.All(Directory.GetFiles(_folder.Vault), file => Assert.Equal(File0600, File.GetUnixFileMode(file)));
        var before = File.ReadAllBytes(Path.Join(_folder.Vault, "vault.sealed"));

        Assert.Equal(1, (await _folder.RunAsync("init")).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(Path.Join(_folder.Vault, "vault.sealed")));
    }

    [Fact]
    public async Task The_folder_is_the_option_then_the_variable_then_the_home()
    {
        _folder.Environment["SANCTUM_VAULT_PATH"] = $"{_folder.Home}/variable";
        await _folder.DoAsync("init");
        await _folder.DoAsync($"init --vault-path {_folder.Home}/option");

        Assert.True(Directory.Exists($"{_folder.Home}/variable") && Directory.Exists($"{_folder.Home}/option"));
    }

    [Theory]
    [InlineData("secret", "", "secret")]
    [InlineData("secret\n", "", "secret")]
    [InlineData("secret\n\n", "", "secret\n")]
    [InlineData("secret\n", " --raw", "secret\n")]
    public async Task Get_gives_exactly_what_was_stored(string input, string option, string secret)
    {
        await _folder.DoAsync($"store a/b{option}", input);

        var result = await _folder.RunAsync("get a/b");

        Assert.Equal(secret, result.Output);
        Assert.Equal("", result.Errors);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_survive()
    {
        byte[] secret = [0, 1, 0xFF, 0xC3, 0x28, 13, 10, 0];
        await CliProcess.RunAsync(["store", "a/b", "--raw"], _folder.Environment, secret);

        Assert.Equal(secret, (await _folder.RunAsync("get a/b")).OutputBytes);
        var json = await _folder.JsonAsync("get a/b");
        Assert.Equal((JsonValueKind.Null, Convert.ToBase64String(secret)), (json.GetProperty("value").ValueKind, json.GetProperty("value_base64").GetString()));
    }

    [Fact]
    public async Task A_value_as_an_argument_is_taken_with_a_warning_that_does_not_repeat_it()
    {
        var result = await _folder.RunAsync("store a/b --value canary-value --verbose");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("warning: ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", result.Errors + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storing_again_makes_a_new_version_and_keeps_what_is_not_said_anew()
    {
        await _folder.DoAsync("store a/b --description first --tag x --host api.example.com", "one");
        var json = await _folder.JsonAsync("store a/b --description second", "two");

        Assert.Equal((2, "second", "x", "api.example.com"), (
            json.GetProperty("version").GetInt32(), json.GetProperty("description").GetString(), json.GetProperty("tags")[0].GetString(), json.GetProperty("hosts")[0].GetString()));
    }

    [Theory]
    [InlineData("/none/such", "", "the home folder /none/such does not exist, or this user may not enter it")]
    [InlineData(null, "ada", "run the command without sudo if the vault is ada's")]
    [InlineData(null, "root", "create one with 'sanctum init'")]
    public async Task Who_has_no_vault_there_is_told_why_that_may_be(string? home, string sudo, string says)
    {
        await using var empty = new CliFolder();
        empty.Environment["HOME"] = home ?? empty.Home;
        empty.Environment["SUDO_USER"] = sudo;
        Assert.SkipWhen(sudo.Length > 0 && !System.Environment.IsPrivilegedProcess, "only root has been made root by sudo");

        var refused = await empty.RunAsync("list");

        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_may_not_be_looked_into_is_not_said_to_be_empty()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "only root can be another user");
        await using var other = new CliFolder();
        await other.MakeVaultAsync();

        string[] nobody = ["--reuid", "65534", "--clear-groups", "env", "HOME=/"];
        var canRun = await CliProcess.RunAsync([.. nobody, CliProcess.Path, "--version"], other.Environment, program: "/usr/bin/setpriv");
        Assert.SkipUnless(canRun.ExitCode == 0, "another user can't run the executable where it lies");

        var refused = await CliProcess.RunAsync([.. nobody, CliProcess.Path, "list", "--vault-path", other.Vault], other.Environment, program: "/usr/bin/setpriv");

        Assert.Contains($"this user may not look into {other.Vault}", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_value_is_no_value() => Assert.Equal(2, (await _folder.RunAsync("store a/b")).ExitCode);

    [Fact]
    public async Task An_error_is_a_document_too_when_documents_are_asked_for()
    {
        var result = await _folder.RunAsync("get a/b --json");
        var error = JsonDocument.Parse(result.Errors).RootElement.GetProperty("error");

        Assert.Equal("", result.Output);
        Assert.Equal(("CREDENTIAL_NOT_FOUND", 1), (error.GetProperty("code").GetString(), error.GetProperty("exit_code").GetInt32()));
        Assert.Equal("USAGE", JsonDocument.Parse((await _folder.RunAsync("nonsense --json")).Errors).RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_simulated_connection_says_why_and_by_which_policy()
    {
        await _folder.DoAsync("agent register bot");
        await _folder.DoAsync("policy add registry --principal agent:bot --resources host:*.example.com:443 --actions connect");
        var allowed = await _folder.RunAsync("policy simulate --agent bot --resource host:pkg.example.com:443 --action connect");
        Assert.Equal((0, ""), (allowed.ExitCode, allowed.Errors));
        Assert.Matches("^allowed\n  why       .+\n  policies  registry\n$", allowed.Output);
        var refused = await _folder.RunAsync("policy simulate --agent bot --resource host:pkg.example.com:80 --action connect");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Errors));
        Assert.Matches("^refused: EGRESS_DENIED\n  why       .+\n$", refused.Output);
    }

    [Fact]
    public async Task Documents_have_the_names_that_programs_rely_on()
    {
        await _folder.DoAsync("store a/b --tag x", "secret");
        await _folder.DoAsync("agent register bot");
        await _folder.DoAsync("policy add p --principal agent:bot --resources a/* --actions use --condition max_uses_per_hour=3");

        Names("path type description tags hosts header_type version created_at updated_at allowed_origins methods paths jwt allowed_credentials", (await _folder.JsonAsync("list")).GetProperty("credentials")[0]);
        Names("name public_key description registered_at enabled frozen", (await _folder.JsonAsync("agent list")).GetProperty("agents")[0]);
        var policy = (await _folder.JsonAsync("policy list")).GetProperty("policies")[0];
        Names("name principal resources actions max_ttl conditions enabled", policy);
        Names(
            "max_retrievals_per_hour max_uses_per_hour time_window allowed_operations allowed_domains allowed_methods allowed_paths allowed_sign_algorithms require_approval",
            policy.GetProperty("conditions"));
        Names("allowed code reason policies max_ttl", await _folder.JsonAsync("policy simulate --agent bot --resource a/b --action use"));
        Names("sequence time actor action resource operation outcome reason policies session_id lease_id details mac", (await _folder.JsonAsync("audit log")).GetProperty("entries")[0]);
        Names("entries checkpoint", await _folder.JsonAsync("audit verify"));
        Names("leases", await _folder.JsonAsync("lease status"));
        Names("revoked", await _folder.JsonAsync("lease revoke --all"));
        Names("approvals requests", await _folder.JsonAsync("approval list"));
        Names("path value value_base64", await _folder.JsonAsync("get a/b"));
        Names("services", await _folder.JsonAsync("service list"));
        Names("name title header_type hosts type methods paths host user note docs", await _folder.JsonAsync("service show jira"));
        Names("removed", await _folder.JsonAsync("remove a/b"));
    }

    [Fact]
    public async Task The_log_is_read_from_a_time_and_up_to_one()
    {
        await _folder.DoAsync("store a/b", "a value");

        Assert.NotEqual("", await _folder.DoAsync("audit log --since 1h --action credential.store"));
        Assert.Empty((await _folder.JsonAsync("audit log --until 1h")).GetProperty("entries").EnumerateArray());
        Assert.NotEmpty((await _folder.JsonAsync("audit log --until 2100-01-01")).GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task A_registered_agent_without_entries_has_none_and_an_unknown_agent_is_refused()
    {
        await _folder.DoAsync("agent register bot");

        Assert.Equal("", await _folder.DoAsync("audit log --agent bot"));
        Assert.Equal("", await _folder.DoAsync("audit log --agent bot --action use"));
        var slip = await _folder.RunAsync("audit log --agent bto");
        Assert.Equal((1, "sanctum: no entries match, and there is no agent 'bto'\nhint: did you mean 'bot'?\n"), (slip.ExitCode, slip.Errors));
        var action = await _folder.RunAsync("audit log --action credential.stroe");
        Assert.Equal((2, "sanctum: there is no action 'credential.stroe'\nhint: did you mean 'credential.store'?\n"), (action.ExitCode, action.Errors));
    }

    [Fact]
    public async Task A_value_that_is_no_text_is_refused_as_an_argument_and_stored_as_it_is_from_a_pipe()
    {
        var refused = await CliProcess.RunAsync(
            ["-c", $"exec {CliProcess.Path} store a/b --value \"$(printf 'letters \\351')\""], _folder.Environment, program: "/bin/sh");
        var piped = await CliProcess.RunAsync(
            ["-c", $"printf 'letters \\351' | {CliProcess.Path} store a/b && exec {CliProcess.Path} get a/b"], _folder.Environment, program: "/bin/sh");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("the value of --value is not UTF-8 text", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(0, piped.ExitCode);
        Assert.Equal([.. "letters "u8, 0xE9], piped.OutputBytes[^9..]);
    }

    [Fact]
    public async Task Redirected_output_is_plain_and_one_row_is_one_line()
    {
        var description = string.Join('x', Enumerable.Repeat("long", 100));
        await _folder.DoAsync($"store a/b --description {description}", "secret");
        _folder.Environment["TERM"] = "xterm-256color";

        var lines = (await _folder.DoAsync("list")).TrimEnd('\n').Split('\n');

        Assert.Equal(2, lines.Length);
        Assert.EndsWith(description, lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.DoesNotContain('\u001b', line));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
    }

    [Fact]
    public async Task A_key_file_is_its_owners_alone_and_is_never_replaced()
    {
        await _folder.DoAsync("agent register bot");
        var key = Path.Join(_folder.Vault, "keys", "bot.key");
        var before = File.ReadAllText(key);

        Assert.Equal((File0600, Folder0700), (File.GetUnixFileMode(key), File.GetUnixFileMode(Path.GetDirectoryName(key)!)));
        await _folder.DoAsync("agent remove bot");
        Assert.Equal(1, (await _folder.RunAsync("agent register bot")).ExitCode);
        Assert.Equal(before, File.ReadAllText(key));
    }

    [Fact]
    public async Task A_refused_registration_leaves_no_key_file()
    {
        await _folder.DoAsync($"agent register bot --public-key {(await _folder.JsonAsync("agent register other")).GetProperty("agent").GetProperty("public_key").GetString()}");

        Assert.Equal(1, (await _folder.RunAsync("agent register bot")).ExitCode);
        Assert.False(File.Exists(Path.Join(_folder.Vault, "keys", "bot.key")));
    }

    [Fact]
    public async Task A_protected_key_is_encrypted_under_its_own_passphrase()
    {
        var file = _folder.Write("key-passphrase", "the key's own\n");

        var json = await _folder.JsonAsync($"agent register bot --key-passphrase-file {file}");

        var path = json.GetProperty("key_file").GetString()!;
        using var key = Client.Keys.AgentKey.Load(path, "the key's own");
        Assert.EndsWith("bot.key.enc", path, StringComparison.Ordinal);
        Assert.Equal(json.GetProperty("agent").GetProperty("public_key").GetString(), key.PublicKeyHex);
    }

    private static void Names(string expected, JsonElement document) =>
        Assert.Equal(expected, string.Join(' ', document.EnumerateObject().Select(it => it.Name)));
}
