using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Daemon.Tests.Proxy;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>CRP 0.2 on the agents' socket.</summary>
public sealed class CrpTests
{
    [Fact]
    public async Task A_handle_has_a_lease_a_URL_and_a_description_and_no_secret()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(more: ""","ttl":3600,"context":{"consumer":"mcp-test","purpose":"a test","traceId":"t-1"}""");
        var lease = handle.Result.GetProperty("lease");
        Assert.Equal((300, true, 0), (lease.GetProperty("ttl").GetInt64(), lease.GetProperty("renewable").GetBoolean(), lease.GetProperty("delegationDepth").GetInt32()));
        Assert.Equal(32, handle.Lease.Length);
        var descriptor = handle.Result.GetProperty("credentialDescriptor");
        Assert.Equal(("api_key", "confidential", false), (descriptor.GetProperty("type").GetString(), descriptor.GetProperty("classification").GetString(), descriptor.GetProperty("brokered").GetBoolean()));
        Assert.Equal((LeaseFixture.Single, 0), (handle.Result.GetProperty("service").GetString(), handle.Result.GetProperty("grantedScopes").GetArrayLength()));
        Assert.DoesNotContain("CANARY", handle.Result.ToString(), StringComparison.Ordinal);
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var entry = Assert.Single(await by.ReadAuditAsync(new() { Action = "lease.grant" }).ToListAsync());
        Assert.Equal(("mcp-test", "a test", "t-1", "300"), (entry.Details!["consumer"], entry.Details["purpose"], entry.Details["trace_id"], entry.Details["ttl"]));
    }

    [Fact]
    public async Task An_operator_sees_what_a_lease_is_for()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(more: ""","scopes":["method:GET"]""");
        var held = (await leases.Agent.CallAsync("retrieve", $$"""{"path":"{{LeaseFixture.Single}}"}""")).GetProperty("lease_id").GetString();
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var all = await by.ListLeasesAsync();
        var use = Assert.Single(all, lease => lease.LeaseId == handle.Lease);
        Assert.Equal(("use", "method:GET"), (use.For, Assert.Single(use.Scopes!)));
        Assert.Equal(("retrieve", null), (Assert.Single(all, lease => lease.LeaseId == held).For, Assert.Single(all, lease => lease.LeaseId == held).Scopes));
    }

    [Fact]
    public async Task A_renewed_lease_keeps_its_URL_and_a_released_one_is_over()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(more: ""","ttl":10""");
        var renewed = await leases.Agent.CallAsync("crp/lease", $$"""{"leaseId":"{{handle.Lease}}","action":"renew","ttl":200}""");
        Assert.Equal((handle.Lease, 200), (renewed.GetProperty("lease").GetProperty("id").GetString(), renewed.GetProperty("lease").GetProperty("ttl").GetInt64()));
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle));
        Assert.True((await leases.Agent.CallAsync("crp/lease", $$"""{"leaseId":"{{handle.Lease}}","action":"release"}""")).GetProperty("released").GetBoolean());
        Assert.Equal((403, "LEASE_EXPIRED"), await leases.RefusedAsync(handle));
        Assert.Equal(-33004, await CodeAsync(leases.Agent, "crp/lease", $$"""{"leaseId":"{{handle.Lease}}","action":"renew"}"""));
    }

    [Fact]
    public async Task A_lease_is_renewed_so_often_and_no_oftener()
    {
        await using var leases = await LeaseFixture.StartAsync(""", "lease_renewals": 1""");
        var handle = await leases.UseAsync();
        var renew = $$"""{"leaseId":"{{handle.Lease}}","action":"renew"}""";
        Assert.False((await leases.Agent.CallAsync("crp/lease", renew)).GetProperty("lease").GetProperty("renewable").GetBoolean());
        Assert.Equal(-33006, await CodeAsync(leases.Agent, "crp/lease", renew));
    }

    [Fact]
    public async Task The_list_has_what_can_be_used_and_says_what_the_provider_can_do()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var list = await leases.Agent.CallAsync("crp/list", """{"filter":{"servicePrefix":"app/"}}""");
        Assert.Equal(["app/basic", "app/query", "app/service_key", "app/single"], list.GetProperty("services").EnumerateArray().Select(it => it.GetProperty("service").GetString()));
        Assert.Equal(JsonValueKind.Null, list.GetProperty("cursor").ValueKind);
        var crp = list.GetProperty("crp");
        Assert.Equal(("0.2", "standard"), (crp.GetProperty("version").GetString(), crp.GetProperty("conformance").GetString()));
        Assert.DoesNotContain("broker", crp.ToString(), StringComparison.Ordinal);
        var first = await leases.Agent.CallAsync("crp/list", """{"limit":1}""");
        Assert.Equal("app/basic", first.GetProperty("cursor").GetString());
        await using var stranger = await leases.StrangerAsync();
        Assert.Equal(LeaseFixture.Single, Assert.Single((await stranger.CallAsync("crp/list")).GetProperty("services").EnumerateArray()).GetProperty("service").GetString());
    }

    [Fact]
    public async Task A_service_is_a_path_a_host_or_the_first_part_of_a_path_where_that_is_one()
    {
        await using var leases = await LeaseFixture.StartAsync(prepare: (vault, by, _) =>
            vault.Credentials.StoreAsync(by, CredentialPath.Parse("app/mail/key"), "CANARY-mail"u8.ToArray(), new CredentialOptions { Hosts = ["mail.example", "api.mail.example"] }));
        Assert.Contains("mail.example", (await leases.UseAsync("app/mail")).Url, StringComparison.Ordinal);
        Assert.EndsWith("/api.mail.example", (await leases.UseAsync("api.mail.example/v1")).Url, StringComparison.Ordinal);
        Assert.Equal(-32602, await CodeAsync(leases.Agent, "crp/use", """{"service":"app"}"""));
        await using var stranger = await leases.StrangerAsync();
        Assert.Equal(-33003, await CodeAsync(stranger, "crp/use", """{"service":"app/mail"}"""));
    }

    // It is compared with every credential.
    [Fact]
    public async Task A_service_of_more_characters_than_a_path_has_is_refused_before_it_is_looked_for()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var error = await leases.Agent.RefusedAsync("crp/use", $$"""{"service":"{{new string('a', 513)}}"}""");
        Assert.Contains("at most 512 characters", error.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"service":"app/none"}""", -33002, "CREDENTIAL_NOT_FOUND")]
    [InlineData("""{"service":"other/key"}""", -33003, "ACCESS_DENIED")]
    [InlineData("""{"service":"app/api_key"}""", -33003, "EGRESS_DENIED")]
    [InlineData("""{"service":"app/single","version":"0.1"}""", -33001, "VERSION_MISMATCH")]
    [InlineData("""{"service":"app/single","version":"1.0"}""", -33001, "VERSION_MISMATCH")]
    [InlineData("""{"service":"app/single","scopes":["repo:read"]}""", -33009, "SCOPE_UNAVAILABLE")]
    [InlineData("""{"service":"app/single","identityScope":"agent-x"}""", -33011, "FEATURE_NOT_SUPPORTED")]
    [InlineData("""{"service":"app/single","delegation":{"parentLeaseId":"00000000000000000000000000000000"}}""", -33004, "LEASE_EXPIRED")]
    [InlineData("""{"service":"app/single","ttl":0}""", -32602, "INVALID_PARAMS")]
    [InlineData("""{"service":"app/single","delegation":{"maxDepth":4}}""", -32602, "INVALID_PARAMS")]
    [InlineData("""{"service":"app/single","unknown":1}""", -32602, "INVALID_PARAMS")]
    [InlineData("""{"service":"app/single","context":{"purpose":"two\nlines"}}""", -32602, "INVALID_PARAMS")]
    [InlineData("""{"service":"not a path"}""", -32602, "INVALID_PARAMS")]
    [InlineData("{}", -32602, "INVALID_PARAMS")]
    public async Task A_refusal_has_the_number_of_CRP_and_the_code_of_the_vault(string parameters, int number, string code)
    {
        await using var leases = await LeaseFixture.StartAsync();
        var error = await leases.Agent.RefusedAsync("crp/use", parameters);
        Assert.Equal((number, code), (error.GetProperty("code").GetInt32(), error.GetProperty("data").GetProperty("code").GetString()));
        Assert.NotEmpty(error.GetProperty("data").GetProperty("suggestion").GetString()!);
        Assert.Empty((await leases.Agent.CallAsync("lease_status")).GetProperty("leases").EnumerateArray());
    }

    [Fact]
    public async Task Whoever_has_not_signed_in_gets_nothing()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var nobody = await leases.Proxy.Vault.ConnectAsync();
        foreach (var (method, parameters) in ((string, string)[])[("crp/use", """{"service":"app/single"}"""), ("crp/list", "{}"), ("crp/lease", """{"leaseId":"x","action":"renew"}"""), ("crp/revoke", """{"leaseId":"x"}""")])
        {
            var error = (await nobody.RefusedAsync(method, parameters)).GetProperty("data");
            Assert.Equal("AUTH_FAILED", error.GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Scopes_limit_what_is_sent_by_the_lease()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var handle = await leases.UseAsync(more: ""","scopes":["method:GET","path:/ok/*"]""");
        Assert.Equal("""["method:GET","path:/ok/*"]""", handle.Result.GetProperty("grantedScopes").GetRawText());
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(handle, "/echo/headers"));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(handle, method: "DELETE"));
        Assert.Equal((400, "INVALID_PARAMS"), await leases.RefusedAsync(handle, headers: $"Authorization: Bearer {handle.Token}\r\nX-HTTP-Method-Override: DELETE\r\n"));
        Assert.Single(leases.Upstream.Requests);
    }

    [Fact]
    public async Task A_lease_that_needs_a_human_is_given_when_the_human_said_so_and_its_requests_then_pass()
    {
        await using var leases = await LeaseFixture.StartAsync(""", "approval_wait": 0""", prepare: (vault, by, _) => vault.Policies.SetAsync(by, new Policy
        {
            Name = "stranger", Principal = "agent:stranger", Resources = [LeaseFixture.Single], Actions = PolicyActions.Use, Conditions = new PolicyConditions { RequireApproval = true },
        }));
        await using var stranger = await leases.StrangerAsync();
        const string call = """{"service":"app/single","scopes":["path:/ok/*"]}""";
        var error = await stranger.RefusedAsync("crp/use", call);
        Assert.Equal((-33020, "require_approval"), (error.GetProperty("code").GetInt32(), error.GetProperty("data").GetProperty("name").GetString()));
        await using var by = await leases.Proxy.Vault.OperatorAsync();
        var waiting = Assert.Single(await by.ListApprovalsAsync());
        Assert.Equal("all requests by a lease, path:/ok/*", waiting.Summary);
        await by.DecideApprovalAsync(new(waiting.ApprovalId, true));

        // It was approved with these scopes, and with no others.
        Assert.Equal(-33020, await CodeAsync(stranger, "crp/use", """{"service":"app/single"}"""));
        var handle = await leases.UseAsync(by: stranger, more: ""","scopes":["path:/ok/*"]""");
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle));
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle));
        Assert.Equal((403, "EGRESS_DENIED"), await leases.RefusedAsync(handle, "/echo/headers"));
    }

    [Fact]
    public async Task A_lease_counts_against_no_hourly_limit_and_its_requests_do()
    {
        await using var leases = await LeaseFixture.StartAsync(prepare: (vault, by, _) => vault.Policies.SetAsync(by, new Policy
        {
            Name = "stranger", Principal = "agent:stranger", Resources = [LeaseFixture.Single], Actions = PolicyActions.Use, Conditions = new PolicyConditions { MaxUsesPerHour = 1 },
        }));
        await using var stranger = await leases.StrangerAsync();
        var handle = await leases.UseAsync(by: stranger);
        Assert.Equal("HTTP/1.1 200 OK", await leases.StatusAsync(handle));
        Assert.Equal((429, "RATE_LIMITED"), await leases.RefusedAsync(handle));
        var error = await stranger.RefusedAsync("crp/use", """{"service":"app/single"}""");
        Assert.Equal(-33008, error.GetProperty("code").GetInt32());
        Assert.InRange(error.GetProperty("data").GetProperty("retryAfter").GetInt64(), 1, 3600);
    }

    [Fact]
    public async Task An_agent_has_so_many_leases_and_no_more()
    {
        await using var leases = await LeaseFixture.StartAsync(""", "leases_per_agent": 2""");
        await leases.UseAsync();
        await leases.UseAsync();
        Assert.Equal(-33008, await CodeAsync(leases.Agent, "crp/use", """{"service":"app/single"}"""));
    }

    [Fact]
    public async Task A_session_id_that_is_sent_along_has_to_be_the_connections()
    {
        await using var leases = await LeaseFixture.StartAsync();
        await leases.UseAsync(more: $$""","session_id":"{{leases.Agent.SessionId}}" """);
        await using var stranger = await leases.StrangerAsync();
        var error = await leases.Agent.RefusedAsync("crp/use", $$"""{"service":"app/single","session_id":"{{stranger.SessionId}}"}""");
        Assert.Equal("SESSION_EXPIRED", error.GetProperty("data").GetProperty("code").GetString());
    }

    [Fact]
    public async Task JSON_RPC_is_mirrored()
    {
        await using var leases = await LeaseFixture.StartAsync();
        var reply = await leases.Agent.CallRawAsync("""{"jsonrpc":"2.0","id":7,"method":"crp/use","params":{"service":"app/none"}}""");
        Assert.Equal(("2.0", 7, -33002), (reply.GetProperty("jsonrpc").GetString(), reply.GetProperty("id").GetInt32(), reply.GetProperty("error").GetProperty("code").GetInt32()));
    }

    private static async Task<int> CodeAsync(AgentWire agent, string method, string parameters) => (await agent.RefusedAsync(method, parameters)).GetProperty("code").GetInt32();
}
