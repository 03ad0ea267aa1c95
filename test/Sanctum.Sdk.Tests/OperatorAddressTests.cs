using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sanctum.Upstream;

namespace Sanctum.Sdk.Tests;

/// <summary>Operators' commands for a daemon on another machine, by the real executable and real TLS.</summary>
public sealed class OperatorAddressTests
{
    [Fact]
    public async Task With_a_token_operators_work_from_another_machine_as_on_the_daemons_own()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        using var cli = new NetworkCli { Environment = { ["SANCTUM_TOKEN"] = await vault.TokenAsync(), ["SANCTUM_CA_FILE"] = vault.CaFile } };
        var address = $"--address localhost:{vault.Http.Port}";
        Assert.Contains($"tls://localhost:{vault.Http.Port} (", await cli.DoAsync($"daemon status {address}"), StringComparison.Ordinal);
        await cli.DoAsync($"store far/key {address}", "CANARY-far-0123456789");
        Assert.Equal("CANARY-far-0123456789", (await cli.DoAsync($"get far/key {address}")).TrimEnd('\n'));
        Assert.Contains("far/key", await cli.DoAsync("list --address https://localhost:" + vault.Http.Port), StringComparison.Ordinal);

        cli.Environment["SANCTUM_ADMIN_ADDRESS"] = $"tls://127.0.0.1:{vault.Http.Port}";
        Assert.Contains("worker", await cli.DoAsync("policy list"), StringComparison.Ordinal);
        await cli.DoAsync("agent register second");
        Assert.True(File.Exists(Path.Join(cli.Home, ".sanctum", "keys", "second.key")));
        await cli.DoAsync("audit verify");
        Assert.Equal(1, JsonDocument.Parse(await cli.DoAsync("node list --json")).RootElement.GetProperty("nodes").GetArrayLength());

        // With a token a passphrase is taken too, for what requires one.
        cli.Environment["SANCTUM_PASSPHRASE"] = TlsVault.PassphraseText;
        await cli.DoAsync($"backup {cli.Home}/saved");
    }

    [Fact]
    public async Task A_daemon_is_stopped_from_another_machine_and_is_gone_then()
    {
        await using var vault = await TlsVault.CreateAsync();
        vault.WriteConfiguration();
        using var there = new NetworkCli { Environment = { ["SANCTUM_VAULT_PATH"] = vault.Folder, ["SANCTUM_PASSPHRASE"] = TlsVault.PassphraseText } };
        using var started = JsonDocument.Parse(await there.DoAsync("daemon start --json"));
        var port = started.RootElement.GetProperty("daemon").GetProperty("http").GetString()!.Split(':')[^1];
        using var cli = new NetworkCli
        {
            Environment = { ["SANCTUM_TOKEN"] = (await there.DoAsync("login")).TrimEnd('\n'), ["SANCTUM_CA_FILE"] = vault.CaFile, ["SANCTUM_ADMIN_ADDRESS"] = $"localhost:{port}" },
        };
        Assert.StartsWith("daemon stopped", await cli.DoAsync("daemon stop"), StringComparison.Ordinal);
        Assert.Contains("can't be reached: no daemon is listening there", await cli.FailAsync(4, "list"), StringComparison.Ordinal);
        Assert.Contains("no daemon is running", await there.FailAsync(4, "daemon status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_client_certificate_the_passphrase_is_enough_and_nothing_else_is_given_away()
    {
        await using var vault = await TlsVault.CreateAsync();
        vault.Write("own", vault.Clients.Issue("operator"));
        await vault.StartAsync(clients: true);
        using var cli = new NetworkCli
        {
            Environment =
            {
                ["SANCTUM_ADMIN_ADDRESS"] = $"localhost:{vault.Http.Port}", ["SANCTUM_CA_FILE"] = vault.CaFile, ["SANCTUM_CLIENT_CERT_FILE"] = vault.At("own.pem"), ["SANCTUM_CLIENT_KEY_FILE"] = vault.At("own.key"),
                ["SANCTUM_PASSPHRASE"] = "a wrong passphrase",
            },
        };
        Assert.Contains("vault unsealed", await cli.DoAsync("daemon status"), StringComparison.Ordinal);
        foreach (var command in (string[])["list", "seal", "daemon stop", "login"])
        {
            Assert.Contains("wrong passphrase", await cli.FailAsync(1, command), StringComparison.Ordinal);
        }

        cli.Environment["SANCTUM_PASSPHRASE"] = TlsVault.PassphraseText;
        Assert.Contains("app/key", await cli.DoAsync("list"), StringComparison.Ordinal);
        var token = (await cli.DoAsync("login --scope read")).TrimEnd('\n');
        await cli.DoAsync("seal");
        Assert.Contains("the vault is sealed", await cli.FailAsync(3, "list"), StringComparison.Ordinal);
        Assert.Contains("token", await cli.FailAsync(1, "daemon stop"), StringComparison.Ordinal); // On the socket of a sealed vault none is needed.
        await cli.DoAsync("unseal");
        cli.Environment["SANCTUM_TOKEN"] = token;
        Assert.Contains("missing, wrong or expired", await cli.FailAsync(1, "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_guesses_passphrases_with_a_client_certificate_waits_and_other_addresses_do_not()
    {
        await using var vault = await TlsVault.CreateAsync();
        using var certificate = vault.Clients.Issue("machine");
        vault.Write("own", certificate);
        await vault.StartAsync(clients: true);
        using var guesser = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = vault.Authority.TrustPolicy(), ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true) },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                await socket.ConnectAsync(vault.Http, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(guesser, vault.Http.Port));
        }

        var next = GuessAsync(guesser, vault.Http.Port); // Eight seconds from now.
        using var cli = new NetworkCli
        {
            Environment = { ["SANCTUM_CA_FILE"] = vault.CaFile, ["SANCTUM_CLIENT_CERT_FILE"] = vault.At("own.pem"), ["SANCTUM_CLIENT_KEY_FILE"] = vault.At("own.key"), ["SANCTUM_PASSPHRASE"] = TlsVault.PassphraseText },
        };
        await cli.DoAsync($"login --address 127.0.0.1:{vault.Http.Port}");
        Assert.False(next.IsCompleted);
        Assert.Equal(HttpStatusCode.Unauthorized, await next);
    }

    private static async Task<HttpStatusCode> GuessAsync(HttpClient http, int port)
    {
        using var body = new StringContent($$"""{"passphrase":"{{Convert.ToBase64String("a guess at it"u8)}}"}""");
        body.Headers.ContentType = new("application/json");
        using var response = await http.PostAsync(new Uri($"https://localhost:{port}/v1/login"), body);
        return response.StatusCode;
    }

    [Theory]
    [InlineData("another authority", "no authority that is trusted here vouches")]
    [InlineData("another name", "the daemon's certificate is not for 'localhost'")]
    [InlineData("expired", "has expired or is not valid yet")]
    [InlineData("no TLS", "no TLS connection")]
    public async Task Who_has_taken_the_port_and_can_not_prove_the_name_gets_no_byte_of_a_token_or_a_passphrase(string how, string said)
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority("other");
        using var certificate = how switch
        {
            "another authority" => other.Issue("localhost"),
            "another name" => authority.Issue("vault.example"),
            "expired" => authority.Issue(["localhost"], TimeProvider.System.GetUtcNow().AddMinutes(-5)),
            _ => null,
        };
        using var own = authority.Issue("operator");
        await using var impostor = new Impostor(certificate);
        using var cli = new NetworkCli
        {
            Environment = { ["SANCTUM_TOKEN"] = "CANARY-token-0123456789", ["SANCTUM_PASSPHRASE"] = "CANARY passphrase 0123456789", ["SANCTUM_AGENT"] = "worker", ["SANCTUM_ADDRESS"] = $"tls://localhost:{impostor.Port}" },
        };
        authority.WriteCaPem(Path.Join(cli.Home, "ca.pem"));
        File.WriteAllText(Path.Join(cli.Home, "worker.key"), new string('7', 64));
        foreach (var command in (string[])["list", "login", "store a/b", "unseal", "daemon stop", "backup saved"])
        {
            Assert.Contains(said, await cli.FailAsync(1, $"{command} --address localhost:{impostor.Port} --ca {cli.Home}/ca.pem", "CANARY-secret-0123456789"), StringComparison.Ordinal);
        }

        Assert.Contains(said, await cli.FailAsync(4, $"read a/b --ca {cli.Home}/ca.pem --key {cli.Home}/worker.key"), StringComparison.Ordinal);
        var received = await impostor.EndAsync();
        Assert.Equal(7, impostor.Connections);
        if (how == "no TLS")
        {
            Assert.DoesNotContain("CANARY", Encoding.Latin1.GetString(received), StringComparison.Ordinal); // The client's hello is there.
        }
        else
        {
            Assert.Empty(received);
        }
    }

    [Fact]
    public async Task Every_mistake_with_an_address_is_named_and_says_what_to_do()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        await using var without = await TlsVault.CreateAsync();
        await without.StartAsync(options: given =>
        {
            File.WriteAllText(without.At("config.json"), """{ "listeners": { "http": "127.0.0.1:0" } }""");
            return given;
        });
        using var cli = new NetworkCli { Environment = { ["SANCTUM_TOKEN"] = await vault.TokenAsync() } };
        File.WriteAllText(Path.Join(cli.Home, "no.pem"), "nothing");
        var trusted = $"--ca {vault.CaFile}";
        foreach (var (exitCode, options, message, hint) in new[]
        {
            (1, $"--address localhost:{vault.Http.Port}", "no authority that is trusted here vouches", "--ca"),
            (1, $"--address localhost:{without.Http.Port} {trusted}", "no TLS connection", $"http://127.0.0.1:PORT"),
            (2, $"--address http://127.0.0.1:{vault.Http.Port}", "this port requires TLS", "https://"),
            (4, $"--address localhost:{vault.Tcp.Port} {trusted}", "ended without a response", "listeners.http"),
            (4, $"--address localhost:1 {trusted}", "no daemon is listening there", "--http HOST:PORT"),
            (4, $"--address nobody.invalid:8201 {trusted}", "the host name has no address", "check the address"),
            (2, $"--address localhost:{vault.Http.Port} --ca {cli.Home}/missing.pem", "the file of --ca does not exist", "correct the path"),
            (1, $"--address localhost:{vault.Http.Port} --ca {cli.Home}/no.pem", "no.pem can't be used: it has no certificate", "PEM"),
            (2, $"--address localhost:{vault.Http.Port} --client-key {cli.Home}/no.pem", "--client-key requires --client-cert", "certificate"),
            (2, "--address http://vault.example:8201", "names another machine without TLS", "tls://"),
            (2, "--address vault.example", "--address has an invalid value", "HOST:PORT"),
            (2, "--address user@vault.example:8201", "--address has an invalid value", "HOST:PORT"),
            (2, "--address vault.example:0", "--address has an invalid value", "HOST:PORT"),
        })
        {
            var said = await cli.FailAsync(exitCode, $"list {options}");
            Assert.True(said.Contains(message, StringComparison.Ordinal) && said.Contains("hint: ", StringComparison.Ordinal) && said.Split("hint: ")[1].Contains(hint, StringComparison.Ordinal), $"{options}: {said}");
        }

        foreach (var command in (string[])["init", "daemon start", "restore saved", "dev", "demo", "attack", "mcp install cursor", "run -- true", "doctor -- curl", "mcp wrap -- true"])
        {
            var said = await cli.FailAsync(2, $"{(command.Contains("--", StringComparison.Ordinal) ? command.Replace("--", "--agent worker --address vault.example:8201 --", StringComparison.Ordinal) : $"{command} --address vault.example:8201")}");
            Assert.Contains($"'{command.Split(" --")[0].Replace(" saved", "", StringComparison.Ordinal).Replace(" cursor", "", StringComparison.Ordinal)}' works on this machine alone", said, StringComparison.Ordinal);
        }

        cli.Environment.Remove("SANCTUM_TOKEN");
        Assert.Contains("takes no operator without a token", await cli.FailAsync(1, $"list --address localhost:{vault.Http.Port} {trusted}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_was_named_is_never_replaced_by_the_vault_on_this_machine_and_a_named_folder_is_that_vault()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        using var cli = new NetworkCli { Environment = { ["SANCTUM_PASSPHRASE"] = TlsVault.PassphraseText, ["SANCTUM_CLIENT_CERT_FILE"] = vault.At("server.pem"), ["SANCTUM_CLIENT_KEY_FILE"] = vault.At("server.key") } };
        cli.Environment["SANCTUM_ADMIN_ADDRESS"] = "localhost:1";
        await cli.DoAsync("init");
        Assert.Contains("no daemon is listening there", await cli.FailAsync(4, "list"), StringComparison.Ordinal);
        await cli.DoAsync($"list --vault-path {cli.Home}/.sanctum");
    }

    [Fact]
    public async Task The_demos_throw_away_vault_is_on_this_machine_whatever_the_variables_say()
    {
        await using var impostor = new Impostor(certificate: null);
        using var cli = new NetworkCli { Environment = { ["SANCTUM_ADMIN_ADDRESS"] = $"localhost:{impostor.Port}", ["SANCTUM_ADDRESS"] = $"127.0.0.1:{impostor.Port}" } };
        Assert.Contains("checks passed", await cli.DoAsync("demo"), StringComparison.Ordinal);
        Assert.Equal(0, impostor.Connections);
    }

    [Fact]
    public async Task Without_TLS_on_this_machine_a_token_goes_and_a_passphrase_does_not()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync(options: given =>
        {
            File.WriteAllText(vault.At("config.json"), """{ "listeners": { "http": "127.0.0.1:0" } }""");
            return given;
        });
        using var cli = new NetworkCli { Environment = { ["SANCTUM_TOKEN"] = await vault.TokenAsync(), ["SANCTUM_PASSPHRASE"] = TlsVault.PassphraseText } };
        Assert.Contains("app/key", await cli.DoAsync($"list --address http://127.0.0.1:{vault.Http.Port}"), StringComparison.Ordinal);
        foreach (var command in (string[])["login", "backup saved", "unseal"])
        {
            await using var impostor = new Impostor(certificate: null);
            var (_, _, errors) = await cli.RunAsync($"{command} --timeout 2 --address http://localhost:{impostor.Port}");
            Assert.NotEqual("", errors);
            Assert.DoesNotContain("passphrase\"", Encoding.Latin1.GetString(await impostor.EndAsync()), StringComparison.Ordinal);
        }

        Assert.Contains("requires the passphrase, and it is not sent", await cli.FailAsync(1, $"login --address http://localhost:{vault.Http.Port}"), StringComparison.Ordinal);
    }
}
