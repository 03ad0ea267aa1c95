using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Admin;

/// <summary>What a token is good for, tried by somebody who has one that is not good for it.</summary>
public sealed class ScopeTests
{
    // Every call and the scopes of which one is enough. A new call has to be put here as well.
    private static readonly Dictionary<string, string> Needed = new(StringComparer.Ordinal)
    {
        ["/v1/status"] = "",
        ["/v1/nodes"] = "",
        ["/v1/unseal"] = "",
        ["/v1/login"] = "",
        ["/v1/seal"] = "manage",
        ["/v1/stop"] = "manage",
        ["/v1/passphrase"] = "manage",
        ["/v1/seal-providers/list"] = "read",
        ["/v1/seal-providers/add"] = "manage",
        ["/v1/seal-providers/remove"] = "manage",
        ["/v1/seal-providers/test"] = "manage",
        ["/v1/credentials/store"] = "secrets",
        ["/v1/credentials/get"] = "secrets",
        ["/v1/credentials/list"] = "read",
        ["/v1/credentials/remove"] = "manage",
        ["/v1/agents/register"] = "manage",
        ["/v1/agents/list"] = "read",
        ["/v1/agents/remove"] = "manage",
        ["/v1/agents/rotate-key"] = "manage",
        ["/v1/agents/disable"] = "manage",
        ["/v1/agents/enable"] = "manage",
        ["/v1/agents/freeze"] = "manage",
        ["/v1/agents/unfreeze"] = "manage",
        ["/v1/policies/add"] = "manage",
        ["/v1/policies/set"] = "manage",
        ["/v1/policies/apply"] = "manage",
        ["/v1/policies/compare"] = "read",
        ["/v1/policies/list"] = "read",
        ["/v1/policies/remove"] = "manage",
        ["/v1/policies/simulate"] = "read",
        ["/v1/leases/list"] = "read",
        ["/v1/leases/revoke"] = "manage",
        ["/v1/audit/read"] = "read",
        ["/v1/audit/verify"] = "read",
        ["/v1/backup"] = "secrets",
        ["/v1/approvals/list"] = "read approve",
        ["/v1/approvals/decide"] = "approve",
        ["/v1/proposals/list"] = "read approve",
        ["/v1/proposals/grant"] = "manage",
        ["/v1/proposals/deny"] = "approve manage",
    };

    [Fact]
    public async Task Each_call_is_refused_to_a_token_without_its_scope_which_the_refusal_names()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var http = new RawHttp(vault.AdminSocket);
        Assert.Equal(Needed.Keys.Order(StringComparer.Ordinal), AdminEndpoints.All.Select(endpoint => endpoint.Path).Order(StringComparer.Ordinal));

        foreach (var scope in ScopeNames.All)
        {
            var token = await LoginAsync(http, $"""["{scope}"]""");
            foreach (var (path, needed) in Needed.Where(call => call.Value.Length > 0 && !call.Value.Split(' ').Contains(scope)))
            {
                var (status, escaped) = await http.PostAsync(path, "{}", token);
                var reply = escaped.Replace("\\u0027", "'", StringComparison.Ordinal);
                Assert.True(status == 403 && reply.Contains($"scope '{needed.Split(' ')[0]}'", StringComparison.Ordinal) && reply.Contains($"--scope {scope},{needed.Split(' ')[0]}", StringComparison.Ordinal), $"{scope} at {path}: {reply}");
            }
        }

        // What was refused did nothing: the daemon runs, unsealed, with all that was there.
        Assert.False(daemon.Status.Sealed);
    }

    [Fact]
    public async Task Each_call_is_open_to_a_token_with_its_scope_alone()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var http = new RawHttp(vault.AdminSocket);
        foreach (var (path, needed) in Needed.Where(call => call.Value.Length > 0 && call.Key is not ("/v1/seal" or "/v1/stop")))
        {
            foreach (var scope in needed.Split(' '))
            {
                // Not a body of all of them: those say so, and were let in to say it.
                var (status, reply) = await http.PostAsync(path, "{}", await LoginAsync(http, $"""["{scope}"]"""));
                Assert.True(status is 200 or 400, $"{scope} at {path}: {reply}");
            }
        }

        Assert.Equal(200, (await http.PostAsync("/v1/seal", "{}", await LoginAsync(http, """["manage"]"""))).Status);
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""["read","everything"]""")]
    [InlineData("""["Read"]""")]
    [InlineData("""[null]""")]
    public async Task What_is_no_scope_gives_no_token(string scopes)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var http = new RawHttp(vault.AdminSocket);
        var (status, reply) = await http.PostAsync("/v1/login", $$"""{"passphrase":"{{Convert.ToBase64String(VaultFixture.PassphraseBytes.Span)}}","scopes":{{scopes}}}""");
        Assert.Equal(400, status);
        Assert.DoesNotContain("token\"", reply, StringComparison.Ordinal);
    }

    // What a stolen token gets at, when nobody said what it should be good for: no secret, whichever way it is tried.
    [Fact]
    public async Task A_token_without_secrets_comes_by_none_on_a_detour_either()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var http = new RawHttp(vault.AdminSocket);
        var token = await LoginAsync(http, "null");
        const string retrieve = """{"name":"mine","principal":"agent:mine","resources":["*"],"actions":["retrieve"]}""";

        Assert.Equal(200, (await http.PostAsync("/v1/agents/register", $$"""{"name":"mine","public_key":"{{NewKey()}}"}""", token)).Status);
        foreach (var (path, body) in new[]
        {
            ("credentials/get", """{"path":"app/api_key"}"""),
            ("credentials/store", """{"path":"app/api_key","value":"AAAA","hosts":["attacker.example"]}"""),
            ("backup", "{}"),
            ("policies/add", retrieve),
            ("policies/set", retrieve),
            ("policies/apply", $$"""{"policies":[{{retrieve}}]}"""),
            ("policies/set", """{"name":"worker","principal":"agent:*","resources":["*"],"actions":["retrieve"]}"""),
            ("agents/rotate-key", $$"""{"name":"worker","public_key":"{{NewKey()}}"}"""),
        })
        {
            var (status, reply) = await http.PostAsync($"/v1/{path}", body, token);
            Assert.True(status == 403 && reply.Contains("\\u0027secrets\\u0027", StringComparison.Ordinal), $"{path}: {reply}");
        }

        // To take the name of an agent that may retrieve, after removing it, is the same.
        Assert.Equal(200, (await http.PostAsync("/v1/agents/remove", """{"name":"worker"}""", token)).Status);
        Assert.Equal(403, (await http.PostAsync("/v1/agents/register", $$"""{"name":"worker","public_key":"{{NewKey()}}"}""", token)).Status);
        await using var all = await vault.OperatorAsync();
        Assert.Equal(["worker"], (await all.ListPoliciesAsync()).Select(policy => policy.Name));
        Assert.Equal("app/*", Assert.Single(Assert.Single(await all.ListPoliciesAsync()).Resources));
        Assert.DoesNotContain((await all.ListAgentsAsync()).Select(agent => agent.Name), name => name == "worker");
        Assert.Equal(VaultFixture.ApiKey, System.Text.Encoding.UTF8.GetString(await all.GetAsync("app/api_key")));
    }

    // A process of the same user that has read the token from where it lies, in a session of its own and in the one of the tests.
    private const string Thief = """
        import os, socket, sys
        if sys.argv[3] == "other": os.setsid()
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        s.sendall(b"POST /v1/agents/list HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}" % sys.argv[2].encode())
        reply = b""
        while part := s.recv(4096): reply += part
        sys.stdout.buffer.write(reply)
        """;

    [Theory]
    [InlineData(true, "other", 403)]
    [InlineData(true, "same", 200)]
    [InlineData(false, "other", 200)]
    public async Task A_token_that_is_bound_to_a_session_is_of_no_use_to_a_process_of_another(bool bound, string session, int expected)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        var login = await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray(), OperatorScopes.Read, bound);
        Assert.Equal(bound, login.BoundToSession);

        // Python forks first: the leader of a group can't begin a session.
        using var thief = Process.Start(new ProcessStartInfo("python3", ["-c", "import os,sys\nif os.fork(): os.wait(); sys.exit()\n" + Thief, vault.AdminSocket, login.Token, session]) { RedirectStandardOutput = true })!;
        var reply = await thief.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        await thief.WaitForExitAsync();

        Assert.StartsWith($"HTTP/1.1 {expected} ", reply, StringComparison.Ordinal);
        Assert.Equal(expected == 403, reply.Contains("another", StringComparison.Ordinal) || reply.Contains("elsewhere", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_that_is_bound_to_a_session_is_of_no_use_on_a_port_which_tells_no_session()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(options => options with { Http = "127.0.0.1:0" });
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray(), OperatorScopes.All, bindSession: true)).Token;
        using var http = new RawHttp(IPEndPoint.Parse(daemon.Status.Http!));
        Assert.Equal(403, (await http.PostAsync("/v1/agents/list", "{}", token, daemon.Status.Http!)).Status);
        Assert.Equal(403, (await http.GetAsync("/v1/status", token, daemon.Status.Http!)).Status);
        await using var here = admin.Connect(token);
        await here.ListAgentsAsync();
    }

    private static async Task<string> LoginAsync(RawHttp http, string scopes)
    {
        var (status, reply) = await http.PostAsync("/v1/login", $$"""{"passphrase":"{{Convert.ToBase64String(VaultFixture.PassphraseBytes.Span)}}","scopes":{{scopes}}}""");
        Assert.True(status == 200, reply);
        return JsonDocument.Parse(reply[reply.IndexOf('{', StringComparison.Ordinal)..(reply.LastIndexOf('}') + 1)]).RootElement.GetProperty("token").GetString()!;
    }

    private static string NewKey()
    {
        using var key = NSec.Cryptography.Key.Create(NSec.Cryptography.SignatureAlgorithm.Ed25519);
        return Convert.ToHexStringLower(key.PublicKey.Export(NSec.Cryptography.KeyBlobFormat.RawPublicKey));
    }
}
