namespace Sanctum.Sdk.Tests;

/// <summary>Agents' commands for a daemon on another machine, by the real executable and real TLS.</summary>
public sealed class AgentAddressTests
{
    private const string Secret = "CANARY-tls-0123456789";

    [Fact]
    public async Task Commands_of_agents_find_their_daemons_as_the_NET_client_does()
    {
        await using var vault = await TlsVault.CreateAsync();
        vault.Write("own", vault.Clients.Issue("machine"));
        await vault.StartAsync(clients: true);
        using var cli = Elsewhere(vault);
        cli.Environment["SANCTUM_ADDRESS"] = $"tls://localhost:1, {vault.Address}";
        (cli.Environment["SANCTUM_CLIENT_CERT_FILE"], cli.Environment["SANCTUM_CLIENT_KEY_FILE"]) = (vault.At("own.pem"), vault.At("own.key"));
        var key = $"--key {vault.At("keys/worker.key")}";
        Assert.Equal(Secret, (await cli.DoAsync($"read app/key {key}")).TrimEnd('\n'));
        Assert.Equal(Secret, (await cli.DoAsync($"api-key-helper app/key {key}")).TrimEnd('\n'));
        Assert.Contains($"password={Secret}", await cli.DoAsync($"git-credential get --credential github.com=app/key {key}", "protocol=https\nhost=github.com\n\n"), StringComparison.Ordinal);
        Assert.Contains(Secret, await cli.DoAsync($"docker-credential get --credential docker.io=app/key --user ada {key}", "https://index.docker.io/v1/"), StringComparison.Ordinal);
        var listed = await cli.DoAsync(
            $"mcp serve {key}",
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""" + "\n"
            + """{"jsonrpc":"2.0","method":"notifications/initialized"}""" + "\n"
            + """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"sanctum_list_credentials","arguments":{}}}""" + "\n");
        Assert.True(listed.Contains("app/key", StringComparison.Ordinal), listed);

        cli.Environment.Remove("SANCTUM_ADDRESS");
        Assert.Equal(Secret, (await cli.DoAsync($"read app/key {key} --address localhost:{vault.Tcp.Port}")).TrimEnd('\n'));
    }

    [Fact]
    public async Task What_requires_this_machine_says_so_by_name_and_no_other_machine_is_reached_without_TLS()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        using var cli = Elsewhere(vault);
        cli.Environment["SANCTUM_ADDRESS"] = vault.Address;
        foreach (var command in (string[])["run", "doctor", "mcp wrap"])
        {
            var said = await cli.FailAsync(2, $"{command} -- curl");
            Assert.Contains($"'{command}' works on this machine alone, and SANCTUM_ADDRESS names", said, StringComparison.Ordinal);
            Assert.Contains("unset SANCTUM_ADDRESS", said, StringComparison.Ordinal);
        }

        // What was named on the command line is another vault's folder, or socket.
        var key = $"--key {vault.At("keys/worker.key")}";
        Assert.Contains($"{cli.Home}/none/vault.sock", await cli.FailAsync(4, $"read app/key --vault-path {cli.Home}/none {key}"), StringComparison.Ordinal);
        Assert.Equal(Secret, (await cli.DoAsync($"read app/key --socket {vault.At("vault.sock")} {key}")).TrimEnd('\n'));
        foreach (var (address, said) in new[] { ("vault.example:8200", "names another machine without TLS"), ("tls://", "SANCTUM_ADDRESS has an invalid value"), (",", "SANCTUM_ADDRESS has an invalid value") })
        {
            cli.Environment["SANCTUM_ADDRESS"] = address;
            Assert.Contains(said, await cli.FailAsync(2, $"read app/key {key}"), StringComparison.Ordinal);
        }
    }

    private static NetworkCli Elsewhere(TlsVault vault) => new() { Environment = { ["SANCTUM_AGENT"] = TlsVault.Agent, ["SANCTUM_CA_FILE"] = vault.CaFile } };
}
