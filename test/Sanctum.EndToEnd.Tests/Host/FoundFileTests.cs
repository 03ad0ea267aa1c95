using System.Net;
using System.Net.Sockets;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>Somebody puts something else where the program expects a file: it neither waits for it, nor ignores it, nor takes it.</summary>
public sealed class FoundFileTests
{
    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("link")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_configuration_that_is_no_file_of_this_users_is_refused_by_name(string kind)
    {
        await using var home = await MadeAsync();
        var says = await OddFile.PutAsync(Path.Join(home.Vault, "config.json"), kind, "{}");
        await RefusedAsync(home, 2, $"config.json {says}", "daemon", "start", "--foreground");
        await RefusedAsync(home, 2, $"config.json {says}", "daemon", "start");
        await RefusedAsync(home, 2, $"config.json {says}", "list");
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("link")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_list_of_services_that_is_no_file_of_this_users_is_refused_by_name(string kind)
    {
        await using var home = await MadeAsync();
        var says = await OddFile.PutAsync(Path.Join(home.Vault, "services.json"), kind, """{ "services": [] }""");
        await RefusedAsync(home, 2, $"services.json {says}", "service", "list");
        await RefusedAsync(home, 2, $"services.json {says}", "store", "a/b", "--service", "openai", "--value", "a value");
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("link")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_log_that_is_no_file_of_this_users_is_refused_by_name(string kind)
    {
        await using var home = await MadeAsync();
        var says = await OddFile.PutAsync(Path.Join(home.Vault, "daemon.log"), kind, "untouched");
        await RefusedAsync(home, 1, $"daemon.log {says}", "daemon", "start");
        Assert.Equal(4, (await home.RunAsync("daemon", "status")).ExitCode);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("device")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_file_of_authorities_that_is_no_file_of_this_users_is_refused_by_name(string kind)
    {
        await using var home = await MadeAsync();
        var path = Path.Join(home.Vault, "ca.pem");
        var says = await OddFile.PutAsync(path, kind, "");
        home.Configure("""{ "egress": { "trusted_ca_file": "ca.pem" } }""");
        await RefusedAsync(home, 2, $"'egress.trusted_ca_file': {path} {says}", "daemon", "start", "--foreground");
    }

    [Theory]
    [InlineData("egress", "trusted_ca_file", "", "'egress.trusted_ca_file' is empty")]
    [InlineData("egress", "trusted_ca_file", "a\\u0000b", "'egress.trusted_ca_file' is not a path")]
    [InlineData("egress", "trusted_ca_file", "none.pem", "none.pem does not exist")]
    [InlineData("egress", "trusted_ca_file", "passphrase", "contains no certificate")]
    [InlineData("listeners", "socket", "", "'listeners.socket' is empty")]
    [InlineData("listeners", "socket", "a\\u0000b", "'listeners.socket' is not a path")]
    public async Task A_path_that_leads_to_nothing_is_refused_by_name(string section, string key, string value, string says)
    {
        await using var home = await MadeAsync();
        await File.WriteAllTextAsync(Path.Join(home.Vault, "passphrase"), "no certificate");
        home.Configure($$"""{ "{{section}}": { "{{key}}": "{{value}}" } }""");
        await RefusedAsync(home, 2, says, "daemon", "start", "--foreground");
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("device")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_passphrase_file_that_is_no_file_of_this_users_is_refused_and_not_waited_for(string kind)
    {
        await using var home = await MadeAsync();
        var path = Path.Join(home.Directory, "odd");
        var says = await OddFile.PutAsync(path, kind, SanctumHome.Passphrase);
        foreach (var (option, command) in new (string, string[])[]
        {
            ("--passphrase-file", ["list", "--passphrase-file", path]),
            ("--new-passphrase-file", ["passphrase", "change", "--passphrase-file", home.PassphraseFile, "--new-passphrase-file", path]),
            ("--key-passphrase-file", ["agent", "register", "a", "--passphrase-file", home.PassphraseFile, "--key-passphrase-file", path]),
        })
        {
            var refused = await home.RunBareAsync("", command);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains($"the file of {option} {says}", refused.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_passphrase_can_come_out_of_a_pipe_that_the_shell_made()
    {
        await using var home = await MadeAsync();
        (await home.RunBareAsync(SanctumHome.Passphrase + "\n", ["list", "--passphrase-file", "/dev/stdin"])).Done();
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("device")]
    public async Task A_backup_that_is_no_file_is_refused_and_not_waited_for(string kind)
    {
        await using var home = new SanctumHome();
        var path = Path.Join(home.Directory, "backup");
        var says = await OddFile.PutAsync(path, kind, "");
        await RefusedAsync(home, 2, says, "restore", path);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("device")]
    public async Task A_key_that_is_no_file_is_refused_by_the_client_and_not_waited_for(string kind)
    {
        await using var home = await SanctumHome.ServingAsync();
        var path = Path.Join(home.Directory, "agent.key");
        await OddFile.PutAsync(path, kind, "");
        var refused = await Assert.ThrowsAsync<AuthException>(() => SanctumClient
            .ConnectAsync("agent", new SanctumClientOptions { SocketPath = home.Socket, KeyPath = path }).WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Contains("is not a regular file", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("device")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_file_that_says_who_is_believed_over_a_network_is_refused_by_a_command_and_not_waited_for(string kind)
    {
        await using var home = new SanctumHome();
        var path = Path.Join(home.Directory, "odd.pem");
        var says = await OddFile.PutAsync(path, kind, "");
        await RefusedAsync(home, 2, $"the file of --ca {says}", "list", "--address", "localhost:1", "--ca", path);
        await RefusedAsync(home, 2, $"the file of --client-cert {says}", "list", "--address", "localhost:1", "--client-cert", path);
        await File.WriteAllTextAsync(path + ".own", "");
        await RefusedAsync(home, 2, $"the file of --client-key {says}", "list", "--address", "localhost:1", "--client-cert", path + ".own", "--client-key", path);
        var environment = ("SANCTUM_CA_FILE", path);
        var refused = await home.RunBareAsync("", ["list", "--address", "localhost:1", "--passphrase-file", home.PassphraseFile], environment);
        Assert.Contains($"the file of SANCTUM_CA_FILE {says}", refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("device")]
    [InlineData("foreign")]
    [InlineData("writable")]
    public async Task A_file_that_says_who_is_believed_over_a_network_is_refused_by_the_client_and_not_waited_for(string kind)
    {
        await using var home = new SanctumHome();
        var path = Path.Join(home.Directory, "odd.pem");
        var says = await OddFile.PutAsync(path, kind, "");
        var said = kind is "foreign" or "writable" ? says : "is not a regular file";
        Assert.Contains($"CaFile: {path} {said}", await RefusedAsync(home, options => options.CaFile = path), StringComparison.Ordinal);
        Assert.Contains($"ClientCertificateFile: {path} {said}", await RefusedAsync(home, options => options.ClientCertificateFile = path), StringComparison.Ordinal);
        await File.WriteAllTextAsync(path + ".own", "");
        Assert.Contains(
            $"ClientKeyFile: {path} {said}", await RefusedAsync(home, options => (options.ClientCertificateFile, options.ClientKeyFile) = (path + ".own", path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_for_TLS_that_all_users_can_read_is_refused()
    {
        await using var home = new SanctumHome();
        var (certificate, key) = (Path.Join(home.Directory, "own.pem"), Path.Join(home.Directory, "own.key"));
        await File.WriteAllTextAsync(certificate, "");
        await File.WriteAllTextAsync(key, "");
        File.SetUnixFileMode(certificate, HostTools.File600 | UnixFileMode.OtherRead);
        File.SetUnixFileMode(key, HostTools.File600 | UnixFileMode.OtherRead);
        Assert.Contains(
            "own.key holds a key and can be read by all users", await RefusedAsync(home, options => (options.ClientCertificateFile, options.ClientKeyFile) = (certificate, key)), StringComparison.Ordinal);

        // Without a file of its own, the key is with the certificate.
        Assert.Contains("own.pem holds a key and can be read by all users", await RefusedAsync(home, options => options.ClientCertificateFile = certificate), StringComparison.Ordinal);
        await RefusedAsync(home, 2, "the file of --client-key can be read by all users", "list", "--address", "localhost:1", "--client-cert", certificate, "--client-key", key);
        await RefusedAsync(home, 2, "the file of --client-cert can be read by all users", "list", "--address", "localhost:1", "--client-cert", certificate);

        // The group may: systemd and Kubernetes give it that.
        File.SetUnixFileMode(key, HostTools.File600 | UnixFileMode.GroupRead);
        Assert.Contains("can't be used", await RefusedAsync(home, options => (options.ClientCertificateFile, options.ClientKeyFile) = (certificate, key)), StringComparison.Ordinal);
    }

    // What the client says that is to connect by TLS, and has got as far as the connection.
    private static async Task<string> RefusedAsync(SanctumHome home, Action<SanctumClientOptions> configure)
    {
        using var daemon = new TcpListener(IPAddress.Loopback, 0);
        daemon.Start();
        var key = Path.Join(home.Directory, "agent.key");
        if (!File.Exists(key))
        {
            using var made = Client.Keys.AgentKey.Generate();
            made.Save(key);
        }

        var options = new SanctumClientOptions { Addresses = [$"tls://{daemon.LocalEndpoint}"], KeyPath = key };
        configure(options);
        return (await Assert.ThrowsAsync<VaultConnectionException>(() => SanctumClient.ConnectAsync("agent", options).WaitAsync(TimeSpan.FromMinutes(2)))).Message;
    }

    private static async Task<SanctumHome> MadeAsync()
    {
        var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        return home;
    }

    // A command that waited would be killed by the harness, which fails the test.
    private static async Task RefusedAsync(SanctumHome home, int exitCode, string says, params string[] command)
    {
        var refused = await home.RunAsync(command);
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
        Assert.Equal(exitCode, refused.ExitCode);
        Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
    }
}
