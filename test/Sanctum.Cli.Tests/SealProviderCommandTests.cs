using System.Security.Cryptography;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>A daemon that opens its vault with a credential as systemd hands it over.</summary>
public sealed class SealProviderCommandTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();
    private string _key = "";

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        _folder.Environment["CREDENTIALS_DIRECTORY"] = _folder.Home;
        _key = Path.Join(_folder.Home, "sanctum-seal-key");
        File.WriteAllBytes(_key, RandomNumberGenerator.GetBytes(32));
        File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task The_daemon_opens_the_vault_without_a_human_and_operators_still_need_the_passphrase()
    {
        await _folder.DoAsync("store a/b", "value");
        Assert.Equal("systemd", (await _folder.JsonAsync("seal-provider add systemd")).GetProperty("name").GetString());
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        var daemon = (await _folder.JsonAsync("daemon start")).GetProperty("daemon");
        Assert.Equal((false, "systemd"), (daemon.GetProperty("sealed").GetBoolean(), daemon.GetProperty("unsealed_by").GetString()));
        Assert.Contains("unsealed by the seal provider systemd", await _folder.DoAsync("daemon status"), StringComparison.Ordinal);
        Assert.Equal(2, (await _folder.RunAsync("get a/b")).ExitCode);
        Assert.Equal(2, (await _folder.RunAsync("seal-provider list")).ExitCode);

        _folder.Environment["SANCTUM_PASSPHRASE"] = CliFolder.Passphrase;
        Assert.Equal("value", await _folder.DoAsync("get a/b"));
        Assert.Contains("sanctum-seal-key", await _folder.DoAsync("seal-provider list"), StringComparison.Ordinal);
        await _folder.DoAsync("seal-provider test systemd");
        File.WriteAllBytes(_key, new byte[32]);
        var tested = await _folder.RunAsync("seal-provider test systemd");
        Assert.Equal(1, tested.ExitCode);
        Assert.Contains("another key", tested.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_none_can_it_runs_sealed_says_why_and_the_passphrase_opens_it()
    {
        await _folder.DoAsync("seal-provider add systemd --name first");
        await _folder.DoAsync("seal-provider add keyring --name second");
        await _folder.DoAsync("seal-provider remove second");
        File.Delete(_key);
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");
        var daemon = (await _folder.JsonAsync("daemon start")).GetProperty("daemon");
        Assert.True(daemon.GetProperty("sealed").GetBoolean());
        Assert.Equal(JsonValueKind.Null, daemon.GetProperty("unsealed_by").ValueKind);
        Assert.Contains("'first' (systemd) did not open the vault: the systemd credential 'sanctum-seal-key' does not exist", (await _folder.RunAsync("daemon status")).Errors, StringComparison.Ordinal);
        Assert.Contains("does not exist", await File.ReadAllTextAsync(Path.Join(_folder.Vault, "daemon.log")), StringComparison.Ordinal);

        _folder.Environment["SANCTUM_PASSPHRASE"] = CliFolder.Passphrase;
        await _folder.DoAsync("unseal");
        Assert.Empty((await _folder.RunAsync("daemon status")).Errors);
        await _folder.DoAsync("seal-provider remove first");
        await _folder.DoAsync("daemon stop");
        Assert.Contains("only the passphrase", (await _folder.RunAsync("seal-provider list")).Output + (await _folder.RunAsync("seal-provider list")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_is_started_sealed_tries_no_provider()
    {
        await _folder.DoAsync("seal-provider add systemd");
        var daemon = (await _folder.JsonAsync("daemon start --sealed")).GetProperty("daemon");
        Assert.True(daemon.GetProperty("sealed").GetBoolean());
        Assert.DoesNotContain("did not open", (await _folder.RunAsync("daemon status")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seal-provider add tpm", 2, "no such type")]
    [InlineData("seal-provider add systemd --keyring user", 2, "--keyring does not belong to systemd")]
    [InlineData("seal-provider add transit", 2, "transit needs --settings")]
    [InlineData("seal-provider add keyring --keyring thread", 1, "not the name of a keyring")]
    [InlineData("seal-provider add systemd --name passphrase", 2, "name")]
    [InlineData("seal-provider remove passphrase", 1, "can't be removed")]
    [InlineData("seal-provider remove none", 1, "no seal provider 'none'")]
    [InlineData("seal-provider test none", 1, "no seal provider 'none'")]
    public async Task What_can_not_be_done_is_said(string command, int exitCode, string words)
    {
        var refused = await _folder.RunAsync(command);
        Assert.Equal(exitCode, refused.ExitCode);
        Assert.Contains(words, refused.Errors, StringComparison.Ordinal);
        Assert.Contains("\"version\": 1", await File.ReadAllTextAsync(Path.Join(_folder.Vault, "vault.sealed")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_in_the_vaults_folder_are_refused()
    {
        var path = Path.Join(_folder.Vault, "transit.json");
        await File.WriteAllTextAsync(path, """{"address":"https://127.0.0.1:1","key":"k","token_file":"/none"}""");
        var refused = await _folder.RunAsync($"seal-provider add transit --settings {path}");
        Assert.Contains("lies in the vault's folder", refused.Errors, StringComparison.Ordinal);
    }
}
