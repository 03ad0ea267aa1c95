using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>An agent asks what it may do before it does it.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task A_list_with_access_says_what_the_agent_may_do_and_where_requests_go()
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var entries = (await wire.CallAsync("list", """{"access":true}""")).GetProperty("credentials").EnumerateArray().ToDictionary(entry => entry.GetProperty("path").GetString()!);

        Assert.Equal(["app/api_key", "app/binary", "mail/asked", "mail/key", "mail/limited"], entries.Keys.Order());
        Assert.Equal(["retrieve", "list", "use"], Texts(entries["app/api_key"], "actions"));
        Assert.Empty(Texts(entries["app/api_key"], "hosts"));
        Assert.Equal(["use"], Texts(entries["mail/key"], "actions"));
        Assert.Equal(["api.mail.example", "https://127.0.0.1:9"], Texts(entries["mail/key"], "hosts"));
        Assert.False((await wire.CallAsync("list")).GetProperty("credentials")[0].TryGetProperty("actions", out _));
    }

    // Published clients ask once and without a limit; what is said besides must not make a page that no frame can hold.
    [Fact]
    public async Task Pages_with_access_fit_a_frame_and_together_are_all()
    {
        const int many = 400;
        await using var vault = await VaultFixture.CreateAsync(async (vault, by) =>
        {
            for (var i = 0; i < many; i++)
            {
                await vault.Credentials.StoreAsync(by, CredentialPath.Parse($"app/many-{i:000}"), Encoding.UTF8.GetBytes("CANARY-many"), new CredentialOptions
                {
                    Hosts = [.. Enumerable.Range(0, 60).Select(host => $"{new string('a', 60)}.{new string('b', 60)}.{new string('c', 60)}.h{host}.example")],
                });
            }
        });
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        HashSet<string> seen = [];
        var (pages, cursor) = (0, (string?)null);
        do
        {
            var page = await wire.CallAsync("list", cursor is null ? """{"access":true}""" : $$"""{"access":true,"cursor":"{{cursor}}"}""");
            Assert.InRange(page.GetRawText().Length, 1, 4 * 1024 * 1024);
            Assert.All(page.GetProperty("credentials").EnumerateArray(), entry => Assert.True(seen.Add(entry.GetProperty("path").GetString()!)));
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
            pages++;
        }
        while (cursor is not null);

        Assert.Equal(many + 2, seen.Count);
        Assert.True(pages > 1);
    }

    [Theory]
    [InlineData("""{"path":"app/api_key"}""", null)]
    [InlineData("""{"path":"app/api_key","action":"retrieve"}""", null)]
    [InlineData("""{"path":"app/api_key","operation":"sign"}""", null)]
    [InlineData("""{"path":"mail/key","operation":"http_request","url":"https://api.mail.example/v1/send","method":"POST"}""", null)]
    [InlineData("""{"path":"mail/key","operation":"http_request","url":"https://api.mail.example/admin"}""", "EGRESS_DENIED")]
    [InlineData("""{"path":"mail/key","operation":"http_request","url":"https://evil.example/v1/send"}""", "EGRESS_DENIED")]
    [InlineData("""{"path":"mail/key","action":"retrieve"}""", "ACCESS_DENIED")]
    [InlineData("""{"path":"mail/key","operation":"http_header"}""", "ACCESS_DENIED")]
    [InlineData("""{"path":"other/key"}""", "ACCESS_DENIED")]
    [InlineData("""{"path":"none/at_all"}""", "ACCESS_DENIED")]
    [InlineData("""{"path":"app/none"}""", "CREDENTIAL_NOT_FOUND")]
    [InlineData("""{"path":"mail/asked","operation":"sign"}""", "APPROVAL_REQUIRED")]
    public async Task A_check_says_what_the_call_would_be_told(string parameters, string? code)
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var check = await wire.CallAsync("check_access", parameters);

        Assert.Equal(code is null, check.GetProperty("allowed").GetBoolean());
        Assert.Equal(code, check.TryGetProperty("code", out var told) ? told.GetString() : null);
        Assert.Equal(code is not null, check.TryGetProperty("reason", out _));
        Assert.DoesNotContain("CANARY", check.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whether_an_ungranted_credential_exists_can_not_be_told_from_a_check()
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        var there = await wire.CallAsync("check_access", """{"path":"other/key","operation":"http_request","url":"https://a.example/"}""");
        var absent = await wire.CallAsync("check_access", """{"path":"other/none","operation":"http_request","url":"https://a.example/"}""");

        Assert.Equal(there.ToString(), absent.ToString());
    }

    [Fact]
    public async Task A_check_is_on_the_record_asks_nobody_and_counts_nothing()
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        var wire = await vault.SignInAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await wire.CallAsync("check_access", """{"path":"mail/limited","operation":"sign"}""")).GetProperty("allowed").GetBoolean());
        }

        await wire.CallAsync("check_access", """{"path":"mail/asked","operation":"sign"}""");
        await wire.CallAsync("use", """{"path":"mail/limited","operation":"sign","params":{"data":"x"}}""");
        var spent = await wire.CallAsync("check_access", """{"path":"mail/limited","operation":"sign"}""");

        Assert.Equal("RATE_LIMITED", spent.GetProperty("code").GetString());
        Assert.Empty(await by.ListApprovalsAsync());
        var entries = await by.ReadAuditAsync(new() { Action = "access.check" }).ToListAsync();
        Assert.Equal(5, entries.Count);
        Assert.All(entries, entry => Assert.Equal(("agent:worker", "sign"), (entry.Actor, entry.Operation)));
        Assert.Equal(2, entries.Count(entry => entry.Outcome == "denied"));
    }

    [Fact]
    public async Task Checks_without_end_do_not_fill_the_log()
    {
        await using var vault = await CreateAsync();
        vault.Configure("""{"recorded_per_minute":5}""");
        await using var daemon = await vault.StartAsync();
        await using var by = await vault.OperatorAsync();
        var wire = await vault.SignInAsync();
        var told = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            await wire.CallAsync("check_access", """{"path":"app/api_key"}""");
            told.Add(await TellAsync(wire));
        }

        Assert.Contains("RATE_LIMITED", told);
        Assert.InRange(await by.ReadAuditAsync(new() { Action = "access.check" }).CountAsync(), 2, 14);
    }

    [Theory]
    [InlineData("""{"path":"app/api_key","operation":"steal"}""", "UNSUPPORTED_OPERATION")]
    [InlineData("""{"path":"app/api_key","action":"delete"}""", "INVALID_PARAMS")]
    [InlineData("""{"path":"app/api_key","url":"file:///etc/passwd"}""", "INVALID_PARAMS")]
    [InlineData("""{"path":"app/api_key","url":"https://a.example/","method":"GET /"}""", "INVALID_PARAMS")]
    [InlineData("""{"path":"../x"}""", "INVALID_PARAMS")]
    [InlineData("{}", "INVALID_PARAMS")]
    public async Task What_can_not_be_asked_is_refused(string parameters, string code)
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();

        Assert.Equal(code, await wire.CodeAsync("check_access", parameters));
    }

    private static async Task<string> TellAsync(AgentWire wire)
    {
        var reply = await wire.CallRawAsync("""{"id":1,"method":"check_access","params":{"path":"other/key"}}""");
        return reply.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString()! : "OK";
    }

    private static IEnumerable<string?> Texts(JsonElement entry, string member) => entry.GetProperty(member).EnumerateArray().Select(text => text.GetString());

    private static Task<VaultFixture> CreateAsync() => VaultFixture.CreateAsync(async (vault, by) =>
    {
        await vault.Credentials.StoreAsync(
            by,
            CredentialPath.Parse("mail/key"),
            Encoding.UTF8.GetBytes("CANARY-mail"),
            new CredentialOptions { Hosts = ["api.mail.example"], AllowedOrigins = ["https://127.0.0.1:9"], Paths = ["/v1/*"] });
        await vault.Policies.AddAsync(by, new Policy { Name = "mail", Principal = "agent:worker", Resources = ["mail/key"], Actions = PolicyActions.Use });
        foreach (var (path, conditions) in new[] { ("mail/asked", new PolicyConditions { RequireApproval = true }), ("mail/limited", new PolicyConditions { MaxUsesPerHour = 1 }) })
        {
            await vault.Credentials.StoreAsync(by, CredentialPath.Parse(path), Encoding.UTF8.GetBytes("CANARY-key-of-32-bytes-0123456789"));
            await vault.Policies.AddAsync(by, new Policy { Name = path.Replace('/', '-'), Principal = "agent:worker", Resources = [path], Actions = PolicyActions.Use, Conditions = conditions });
        }
    });
}
