using System.Text;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using static Sanctum.Tests.Operations.Signing.SignVerifyTests;

namespace Sanctum.Tests.Operations;

/// <summary>What a vault says of a secret before it is used is what happens when it is used.</summary>
public sealed class CredentialReadinessTests : IAsyncLifetime
{
    private const string Random = "xK9mQ2vL7pR4tZ8wB3nF6";
    private const string Jwk = """{"kty":"oct","k":"AAAA"}""";
    private static readonly string Private = Ec(key => key.ExportPkcs8PrivateKeyPem());

    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.RegisterAsync("bot");
        await _test.AllowAsync(PolicyActions.Use | PolicyActions.Retrieve, "a/*", "bot");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    public static TheoryData<string, string, CredentialOptions> Contradictions => new()
    {
        { "a seed of 31 bytes", new string('s', 31), new() { Type = "ed25519" } },
        { "a seed of 63 hex digits", new string('a', 63), new() { Type = "ed25519" } },
        { "a seed that is a JWK", Jwk, new() { Type = "ed25519" } },
        { "JWT rules with a random secret", Random, new() { Jwt = new() } },
        { "JWT rules with a public key", Ec(key => key.ExportSubjectPublicKeyInfoPem()), new() { Jwt = new() } },
        { "an AWS key without a colon", Random, new() { HeaderType = "aws_sigv4" } },
        { "an AWS key with a line break", "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n", new() { HeaderType = "aws_sigv4:us-east-1/s3" } },
        { "an AWS key that is too short", "AKIDEXAMPLE:short", new() { HeaderType = "aws_sigv4" } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task A_secret_that_is_not_what_its_operator_says_is_not_stored(string what, string secret, CredentialOptions options)
    {
        var refused = await Refused.WithAsync(VaultErrorCode.UnsupportedOperation, () => _test.StoreAsync("a/b", secret, options));

        Assert.StartsWith("nothing was stored: ", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.Suggestion?.Length > 0, what);
        await Refused.WithAsync(VaultErrorCode.CredentialNotFound, () => _test.Vault.Credentials.GetAsync(_test.Operator, CredentialPath.Parse("a/b")));
    }

    public static TheoryData<string, string> Operations => new()
    {
        { Random, "" }, { "short", "encrypt" }, { Jwk, "sign verify" }, { "token\n", "encrypt http_header" }, { Private, "http_header" },
        { "\uFEFF" + Private, "http_header" }, { Private.Replace("\n", "\\n", StringComparison.Ordinal), "" },
        { "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUrDBVdYVr3qYUNjcLdTBTDBLGSBdGKHAzzTnQEy", "sign verify" },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task What_is_simulated_is_what_is_done(string secret, string refusing)
    {
        await _test.StoreAsync("a/b", secret);
        var session = await _test.SignInAsync("bot");
        foreach (var (operation, parameters) in new[]
        {
            ("sign", """{"data":"x"}"""), ("verify", """{"data":"x","signature":"AAAA"}"""), ("encrypt", """{"data":"x"}"""), ("http_header", "{}"),
        })
        {
            var simulated = await SimulateAsync(operation);
            var done = await Record.ExceptionAsync(() => _test.UseAsync(session.Caller, "a/b", operation, parameters));

            Assert.Equal(refusing.Split(' ').Contains(operation), !simulated.Allowed);
            Assert.Equal(simulated.Code, (done as VaultException)?.Code);
            Assert.True(done is null || simulated.Reason.EndsWith($"but {done.Message}", StringComparison.Ordinal), simulated.Reason);
        }
    }

    public static TheoryData<string, CredentialOptions, string> Warned => new()
    {
        { "five5", new() { Hosts = ["api.example.com"] }, "http_request will refuse this secret: responses can't be searched for" },
        { $"{Random}\n", new() { Hosts = ["api.example.com"], HeaderType = "bearer" }, "http_request will refuse this secret: this secret can't go in a header" },
        { $"\uFEFF{Random}", new() { Hosts = ["api.example.com"], HeaderType = "bearer" }, "http_request will refuse this secret: this secret can't go in a header" },
        { Private, new() { Hosts = ["api.example.com"] }, "http_request will refuse this secret: this secret can't go in a header" },
        { "ada:short", new() { Hosts = ["api.example.com"], HeaderType = "basic" }, "http_request will refuse this secret: responses can't be searched for" },
        { "........", new() { Hosts = ["api.example.com"], HeaderType = "path" }, "http_request will refuse this secret: this secret can't go in a path" },
        { Jwk, new(), "sign and verify will refuse this secret: this secret is a JSON Web Key" },
        { Random, new() { Hosts = ["api.example.com"], HeaderType = "basic" }, "this secret has no ':'" },
        { $"Bearer {Random}", new() { Hosts = ["api.example.com"], HeaderType = "bearer" }, "this secret begins with what the vault puts before it" },
        { $"\uFEFF{Random}", new(), "this secret begins with a byte order mark" },
        { $"{Random}\n", new(), "this secret ends with a line break" },
        { $"{Random}\r\n\n", new() { HeaderType = "query:key" }, "this secret ends with a line break" },
        { Random, new() { Hosts = ["intranet"] }, "intranet is a name that mostly has no public address" },
        { Random, new() { Hosts = ["api.corp.internal:8443"] }, "api.corp.internal:8443 is a name that mostly has no public address" },
    };

    [Theory]
    [MemberData(nameof(Warned))]
    public async Task What_limits_a_secret_is_said_when_it_is_stored(string secret, CredentialOptions options, string warning)
    {
        var stored = await _test.StoreAsync("a/b", secret, options);

        var warnings = CredentialReadiness.Warnings(stored, Encoding.UTF8.GetBytes(secret));

        Assert.Contains(warnings, it => it.StartsWith(warning, StringComparison.Ordinal));
        Assert.Equal(warnings, (await SimulateAsync(null)).Warnings);
        Assert.All(warnings, it => Assert.DoesNotContain(Random, it, StringComparison.Ordinal));
    }

    public static TheoryData<string, CredentialOptions> Sound => new()
    {
        { Random, new() { Hosts = ["api.example.com"], HeaderType = "bearer" } },
        { $"ada:{Random}", new() { Hosts = ["api.example.com"], HeaderType = "basic" } },
        { $"{Random}:", new() { Hosts = ["api.example.com"], HeaderType = "basic" } },
        { "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", new() { Hosts = ["s3.us-east-1.amazonaws.com"], HeaderType = "aws_sigv4" } },
        { Private, new() { Jwt = new() } },
        { "pässwörd-with-ümlauts", new() { Hosts = ["api.example.com"] } },
        { "line one\nline two\n", new() },
    };

    [Theory]
    [MemberData(nameof(Sound))]
    public async Task Nothing_is_said_of_a_secret_that_fits(string secret, CredentialOptions options) =>
        Assert.Empty(CredentialReadiness.Warnings(await _test.StoreAsync("a/b", secret, options), Encoding.UTF8.GetBytes(secret)));

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:8443")]
    [InlineData("api.localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.7:8443")]
    [InlineData("169.254.169.254")]
    [InlineData("0.0.0.0")]
    [InlineData("service.onion")]
    [InlineData("service.invalid")]
    public async Task A_host_that_never_has_a_public_address_is_refused(string host)
    {
        var refused = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.StoreAsync("a/b", Random, new() { Hosts = [host] }));

        Assert.Contains("--allow-origin", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_could_not_carry_the_secret_is_simulated_as_refused()
    {
        await _test.StoreAsync("a/b", "five5", new() { Hosts = ["api.example.com"] });

        var simulated = await SimulateAsync("http_request", "https://api.example.com/");

        Assert.Equal((false, VaultErrorCode.UnsupportedOperation), (simulated.Allowed, simulated.Code));
    }

    private Task<Simulation> SimulateAsync(string? operation, string? url = null) => _test.Vault.Policies.SimulateAsync(
        _test.Operator, AgentName.Parse("bot"), CredentialPath.Parse("a/b"), PolicyActions.Use, operation, url: url, cancellationToken: TestContext.Current.CancellationToken);
}
