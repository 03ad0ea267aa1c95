using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Client;

namespace Sanctum.Cli.Tests;

/// <summary>What <c>sanctum store</c> and <c>policy simulate</c> say of secrets in the forms that people have them in, and what an agent then gets.</summary>
public sealed class SecretFormTests : IAsyncLifetime
{
    private const string Random = "xK9mQ2vL7pR4tZ8wB3nF6";

    private static readonly string Private = Pem();

    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        await _folder.DoAsync("agent register bot");
        await _folder.DoAsync("policy add p --principal agent:bot --resources a/* --actions use");
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("--type ed25519", "not-a-seed", "this credential is of type ed25519, but its secret is not an Ed25519 seed")]
    [InlineData("--jwt-claim iss=app", "not-a-private-key", "this credential can't sign tokens: its secret is not a private key")]
    [InlineData("--header-type aws_sigv4 --host s3.us-east-1.amazonaws.com", "AKIDEXAMPLE wJalrXUtnFEMI", "this secret is not an AWS access key: it is not two or three parts with ':' between them")]
    public async Task A_secret_that_is_not_what_it_is_called_is_refused(string options, string secret, string message)
    {
        var result = await _folder.RunAsync($"store a/b {options}", secret);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.StartsWith($"sanctum: nothing was stored: {message}\nhint: ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, (await _folder.RunAsync("get a/b")).ExitCode);
    }

    [Theory]
    [InlineData("--host localhost")]
    [InlineData("--host api.example.com --host localhost:8443")]
    [InlineData("--host 10.0.0.7")]
    public async Task A_host_that_never_has_a_public_address_is_refused(string options)
    {
        var result = await _folder.RunAsync($"store a/b {options}", Random);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--allow-origin", result.Errors, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Limited => new()
    {
        { "--host api.example.com", "five5", "http_request will refuse this secret: " },
        { "--service openai", Random + "\n\n", "http_request will refuse this secret: " },
        { "--service openai", "\uFEFF" + Random, "http_request will refuse this secret: " },
        { "--host api.example.com --header-type basic", Random, "this secret has no ':'" },
        { "--host nas.local", Random, "nas.local is a name that mostly has no public address" },
        { "--type hmac", """{"kty":"RSA","n":"AAAA","e":"AQAB"}""", "sign and verify will refuse this secret: this secret is a JSON Web Key" },
        { "", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUrDBVdYVr3qYUNjcLdTBTDBLGSBdGKHAzzTnQEy a", "sign and verify will refuse this secret: this secret is an SSH key" },
        { "", Convert.ToBase64String(Encoding.UTF8.GetBytes(Private)), "sign and verify will refuse this secret: this secret is the base64 of PEM" },
    };

    [Theory]
    [MemberData(nameof(Limited))]
    public async Task What_an_operation_would_refuse_is_said_at_once(string options, string secret, string warning)
    {
        var command = $"store a/b {options}".TrimEnd();
        var result = await _folder.RunAsync(command, secret);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"warning: {warning}", result.Errors, StringComparison.Ordinal);
        Assert.Contains(Warnings(await _folder.JsonAsync(command, secret)), it => it.StartsWith(warning, StringComparison.Ordinal));
        Assert.Contains(
            Warnings(await _folder.JsonAsync("policy simulate --agent bot --resource a/b --action use")), it => it.StartsWith(warning, StringComparison.Ordinal));
        Assert.Contains($"warning: {warning}", (await _folder.RunAsync("policy simulate --agent bot --resource a/b --action use")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--operation sign", "refused: UNSUPPORTED_OPERATION")]
    [InlineData("--operation verify", "refused: UNSUPPORTED_OPERATION")]
    [InlineData("--operation encrypt", "allowed")]
    [InlineData("--url https://api.example.com/", "allowed")]
    public async Task An_operation_that_would_refuse_the_secret_is_simulated_as_refused(string asked, string line)
    {
        await _folder.DoAsync("store a/b --host api.example.com", """{"kty":"RSA","n":"AAAA","e":"AQAB"}""");

        var result = await _folder.RunAsync($"policy simulate --agent bot --resource a/b --action use {asked}");

        Assert.Equal((line == "allowed" ? 0 : 1, line), (result.ExitCode, result.Output.Split('\n')[0]));
    }

    [Fact]
    public async Task An_agent_gets_no_hmac_with_a_public_key_and_a_signature_with_a_key_on_one_line()
    {
        using var key = RSA.Create(2048);
        await _folder.DoAsync("store a/public", key.ExportSubjectPublicKeyInfoPem());
        await _folder.DoAsync("store a/der", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
        var oneLine = await _folder.RunAsync("store a/app --jwt-claim iss=1", "\uFEFF" + key.ExportRSAPrivateKeyPem().Replace("\n", "\\n", StringComparison.Ordinal) + "\n\n");
        Assert.Equal((0, ""), (oneLine.ExitCode, oneLine.Errors));
        await _folder.DoAsync("daemon start");
        await using var agent = await SanctumClient.ConnectAsync(
            "bot",
            new SanctumClientOptions { SocketPath = Path.Join(_folder.Vault, "vault.sock"), KeyDirectory = Path.Join(_folder.Vault, "keys") },
            TestContext.Current.CancellationToken);

        foreach (var path in new[] { "a/public", "a/der" })
        {
            var refused = await Assert.ThrowsAsync<Client.VaultException>(() => agent.UseAsync(
                path, "sign", new JsonObject { ["data"] = "x", ["algorithm"] = "hmac-sha256" }, TestContext.Current.CancellationToken));
            Assert.Equal("UNSUPPORTED_OPERATION", refused.Code);
        }

        await agent.UseAsync("a/app", "jwt", [], TestContext.Current.CancellationToken);
    }

    private static string[] Warnings(JsonElement document) => [.. document.GetProperty("warnings").EnumerateArray().Select(it => it.GetString()!)];

    private static string Pem()
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    }
}
