using System.Text.Json;
using Sanctum.Client;

namespace Sanctum.Cli.Tests;

/// <summary>What agents take out of the vault themselves: <c>read</c>, <c>api-key-helper</c>, <c>sign</c>.</summary>
public sealed class ReadTests(AgentVault vault) : IClassFixture<AgentVault>
{
    [Fact]
    public async Task An_agent_reads_a_secret_without_the_passphrase_and_gets_its_exact_bytes()
    {
        Assert.Equal(AgentVault.Secret, await vault.DoAsync("read take/token"));
        Assert.Equal("first\nsecond\n", await vault.DoAsync("read take/lines"));
        Assert.Equal(AgentVault.Secret, JsonDocument.Parse(await vault.DoAsync("read take/token --json")).RootElement.GetProperty("value").GetString());
    }

    [Fact]
    public async Task The_lease_of_what_was_read_has_ended_when_the_command_has()
    {
        await vault.DoAsync("read take/token");

        Assert.Empty((await vault.Folder.JsonAsync("lease status")).GetProperty("leases").EnumerateArray());
        Assert.Contains("lease.release", await vault.Folder.DoAsync("audit log --agent bot"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_is_a_line_of_the_table_while_it_lasts()
    {
        await using var client = new SanctumClient("bot", new SanctumClientOptions
        {
            SocketPath = Path.Join(vault.Folder.Vault, "vault.sock"),
            KeyDirectory = Path.Join(vault.Folder.Vault, "keys"),
        });
        await using (var lease = await client.RetrieveLeaseAsync("take/token", TimeSpan.FromMinutes(5)))
        {
            var lines = (await vault.Folder.DoAsync("lease status")).TrimEnd('\n').Split('\n');
            Assert.Matches("^LEASE +AGENT +PATH +FOR +ENDS +LEFT +RENEWED$", lines[0]);
            Assert.Matches($"^{lease.LeaseId} +bot +take/token +.+ +0$", Assert.Single(lines[1..], line => line.Contains("take/token", StringComparison.Ordinal)));
        }

        Assert.DoesNotContain("take/token", await vault.Folder.DoAsync("lease status"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read use/api")]
    [InlineData("api-key-helper use/api")]
    public async Task What_may_only_be_used_is_not_shown_and_the_error_says_what_to_do(string command)
    {
        var refused = await vault.RunAsync(command);

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("agent 'bot' can see use/api, but may not retrieve it", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("'sanctum run' and 'sanctum request' use it without showing it", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_agent_does_not_see_is_refused_like_what_does_not_exist()
    {
        await vault.Folder.DoAsync("store other/token", AgentVault.Secret);

        var hidden = await vault.RunAsync("read other/token");
        var missing = await vault.RunAsync("read other/missing");

        Assert.Equal((1, ""), (hidden.ExitCode, hidden.Output));
        Assert.Equal(hidden.Errors.Replace("token", "missing", StringComparison.Ordinal), missing.Errors);
        Assert.DoesNotContain("can see", hidden.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_for_an_api_key_prints_one_line()
    {
        Assert.Equal(AgentVault.Secret + "\n", await vault.DoAsync("api-key-helper take/token"));

        var refused = await vault.RunAsync("api-key-helper take/lines");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("has line breaks", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_signs_the_bytes_of_stdin_or_of_a_file()
    {
        var file = vault.Folder.Write("payload", "the payload\n");

        var signed = await vault.DoAsync("sign use/api", "the payload\n");

        Assert.Equal(44, signed.Trim().Length); // HMAC-SHA-256 in base64
        Assert.Equal(signed, await vault.DoAsync($"sign use/api {file}"));
        Assert.Equal(signed, await vault.DoAsync($"sign use/api - --algorithm hmac-sha256", "the payload\n"));
        Assert.NotEqual(signed, await vault.DoAsync("sign use/api", "the payload"));
        Assert.Equal("hmac-sha256", JsonDocument.Parse(await vault.DoAsync("sign use/api --json", "x")).RootElement.GetProperty("algorithm").GetString());
    }

    [Fact]
    public async Task Data_that_is_not_text_is_not_signed()
    {
        var refused = await CliProcess.RunAsync(["sign", "use/api"], vault.Environment(), [0xC3, 0x28]);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("not UTF-8 text", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_beyond_what_a_call_carries_is_refused_before_it_fills_the_memory()
    {
        var refused = await CliProcess.RunAsync(["-c", $"yes | {CliProcess.Path} sign use/api"], vault.Environment(), program: "/bin/sh");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("stdin has more than 16 MiB", refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "SANCTUM_AGENT", "", 2, "no agent is named")]
    [InlineData("--agent no/name", "SANCTUM_AGENT", "bot", 2, "agent")]
    [InlineData("--agent nobody", "SANCTUM_AGENT", "bot", 1, "nobody.key")]
    [InlineData("--socket /none/vault.sock", "SANCTUM_AGENT", "bot", 4, "can't be reached")]
    public async Task Who_asks_and_where_is_checked_with_a_clear_error(string options, string name, string value, int exitCode, string error)
    {
        var refused = await vault.RunAsync($"read take/token {options}".Trim(), null, (name, value));

        Assert.Equal((exitCode, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(error, refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_with_a_protected_key_gives_its_passphrase_in_a_file()
    {
        var passphrase = vault.Folder.Write("key-passphrase", "another good passphrase\n");
        File.SetUnixFileMode(passphrase, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await vault.Folder.DoAsync($"agent register locked --key-passphrase-file {passphrase}");
        await vault.Folder.DoAsync("policy add locked --principal agent:locked --resources take/* --actions retrieve");

        var refused = await vault.RunAsync("read take/token --agent locked");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--key-passphrase-file", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(AgentVault.Secret, await vault.DoAsync($"read take/token --agent locked --key-passphrase-file {passphrase}"));
    }

    [Fact]
    public async Task Somebody_elses_key_file_can_be_named()
    {
        var copy = Path.Join(vault.Home, "copied.key");
        File.Copy(Path.Join(vault.Folder.Vault, "keys", "bot.key"), copy);

        Assert.Equal(AgentVault.Secret, await vault.DoAsync($"read take/token --key {copy}"));
    }
}
