using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Admin;

/// <summary>What operators can have done, through a daemon and in their own process alike.</summary>
public sealed class OperatorTests
{
    public static TheoryData<bool> BothWays => [true, false];

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Credentials_are_stored_read_listed_and_removed(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);

        var stored = await api.StoreAsync(new StoreRequest("new/one", "CANARY-new"u8.ToArray(), "token", "new", ["a"], ["api.example.com"], "bearer"));
        var updated = await api.StoreAsync(new StoreRequest("new/one", "CANARY-newer"u8.ToArray()));

        Assert.Equal(("token", "new", 1), (stored.Type, stored.Description, stored.Version));
        Assert.Equal(("token", "new", 2), (updated.Type, updated.Description, updated.Version));
        Assert.Equal(["api.example.com"], updated.Hosts);
        Assert.Equal("CANARY-newer"u8.ToArray(), await api.GetAsync("new/one"));
        Assert.Equal("new/one", Assert.Single(await api.ListAsync("token", null)).Path);
        Assert.Equal("app/api_key", Assert.Single(await api.ListAsync(null, "prod")).Path);
        await api.RemoveAsync("new/one");
        Assert.Equal("CREDENTIAL_NOT_FOUND", await CodeAsync(() => api.GetAsync("new/one")));
        Assert.DoesNotContain("CANARY", new StoreRequest("x", "CANARY"u8.ToArray()).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Advice_is_for_operators_and_not_for_agents(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);

        var absent = await Assert.ThrowsAsync<OperatorException>(() => api.GetAsync("new/none"));
        var malformed = await Assert.ThrowsAsync<OperatorException>(() => api.GetAsync("/new"));

        Assert.Equal("list them: sanctum list", absent.Suggestion);
        Assert.Equal("correct 'path' and try again", malformed.Suggestion);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task What_a_credential_was_stored_with_is_taken_off(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        await api.StoreAsync(new StoreRequest("new/one", new byte[32], "ed25519", Hosts: ["api.example.com"], HeaderType: "bearer", Jwt: new JwtView()));

        var cleared = await api.StoreAsync(new StoreRequest("new/one", "two"u8.ToArray(), "api_key", Hosts: [], Clear: ["header_type", "jwt"]));

        Assert.Empty(cleared.Hosts);
        Assert.Equal((null, null), (cleared.HeaderType, cleared.Jwt));
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.StoreAsync(new StoreRequest("new/one", "three"u8.ToArray(), Clear: ["hosts"]))));
        Assert.Equal(2, Assert.Single(await api.ListAsync(null, null), it => it.Path == "new/one").Version);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task What_operations_would_refuse_is_said_when_it_is_stored_and_when_it_is_simulated(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        await api.AddPolicyAsync(new PolicyView("uses", "agent:worker", ["new/*"], ["use"]));

        var stored = await api.StoreAsync(new StoreRequest("new/jwk", """{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"""u8.ToArray()));
        var simulated = await api.SimulateAsync(new SimulateRequest("worker", "new/jwk", "use"));
        var signing = await api.SimulateAsync(new SimulateRequest("worker", "new/jwk", "use", "sign"));

        Assert.Contains(stored.Warnings!, it => it.StartsWith("sign and verify will refuse this secret", StringComparison.Ordinal));
        Assert.Contains(simulated.Warnings!, it => it.StartsWith("sign and verify will refuse this secret", StringComparison.Ordinal));
        Assert.Equal((true, false, "UNSUPPORTED_OPERATION"), (simulated.Allowed, signing.Allowed, signing.Code));
        Assert.Equal("UNSUPPORTED_OPERATION", await CodeAsync(() => api.StoreAsync(new StoreRequest("new/seed", "no seed"u8.ToArray(), "ed25519"))));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Agents_are_registered_listed_and_removed(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        var key = Convert.ToHexStringLower(vault.Agent.PublicKey.Export(NSec.Cryptography.KeyBlobFormat.RawPublicKey));

        var agent = await api.RegisterAgentAsync("third", key, "another");

        Assert.Equal((key, "another"), (agent.PublicKey, agent.Description));
        Assert.Equal(["stranger", "third", "worker"], (await api.ListAgentsAsync()).Select(each => each.Name));
        Assert.Equal("CONFLICT", await CodeAsync(() => api.RegisterAgentAsync("third", key, "")));
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.RegisterAgentAsync("fourth", "zz", "")));
        await api.RemoveAgentAsync("third");
        Assert.Equal("NOT_FOUND", await CodeAsync(() => api.RemoveAgentAsync("third")));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Policies_keep_every_condition_on_the_way(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        var policy = new PolicyView(
            "full", "agent:w*", ["a/*", "b/?"], ["retrieve", "use"], 60,
            new ConditionsView(1, 2, ["22:00", "06:00"], ["sign"], ["api.example.com"], ["GET"], ["/v1/*"], ["hmac-sha256"], RequireApproval: true), Enabled: false);

        var added = await api.AddPolicyAsync(policy);
        var listed = (await api.ListPoliciesAsync()).Single(each => each.Name == "full");

        foreach (var view in new[] { added, listed })
        {
            Assert.Equivalent(policy, view, strict: true);
        }

        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.AddPolicyAsync(policy with { Name = "x", Actions = ["fly"] })));
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.AddPolicyAsync(policy with { Name = "x", MaxTtl = 0 })));
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.AddPolicyAsync(policy with { Name = "x", Conditions = new ConditionsView(TimeWindow: ["22:00"]) })));
        await api.RemovePolicyAsync("full");
        Assert.Equal("worker", Assert.Single(await api.ListPoliciesAsync()).Name);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Agents_get_other_keys_and_are_kept_out_and_let_in(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        using var next = NSec.Cryptography.Key.Create(NSec.Cryptography.SignatureAlgorithm.Ed25519);
        var key = Convert.ToHexStringLower(next.PublicKey.Export(NSec.Cryptography.KeyBlobFormat.RawPublicKey));

        Assert.Equal((key, true), await api.RotateAgentKeyAsync("worker", key) is var rotated ? (rotated.PublicKey, rotated.Enabled) : default);
        Assert.False((await api.DisableAgentAsync("worker")).Enabled);
        Assert.False(Assert.Single(await api.ListAgentsAsync(), agent => agent.Name == "worker").Enabled);
        Assert.True((await api.EnableAgentAsync("worker")).Enabled);
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.RotateAgentKeyAsync("worker", "zz")));
        Assert.Equal("NOT_FOUND", await CodeAsync(() => api.DisableAgentAsync("nobody")));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Policies_are_replaced_compared_and_applied_whole(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        var before = await api.ListPoliciesAsync();
        var wanted = new PolicyView("worker", "agent:worker", ["app/*"], ["use"], Conditions: new ConditionsView(AllowedMethods: ["GET"]));

        var difference = await api.ComparePoliciesAsync(new ApplyRequest([wanted, wanted with { Name = "second" }], Prune: true));
        Assert.Equal(("second", "worker", 0, 0), (
            Assert.Single(difference.Added).Name, Assert.Single(difference.Changed).After.Name, difference.Removed.Count, difference.Unchanged.Count));
        Assert.Equal(["list", "retrieve", "use"], difference.Changed[0].Before.Actions.Order(StringComparer.Ordinal));
        Assert.Equivalent(before, await api.ListPoliciesAsync(), strict: true);

        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.ApplyPoliciesAsync(new ApplyRequest([wanted with { Name = "second" }, wanted with { Actions = ["shout"] }]))));
        Assert.Equivalent(before, await api.ListPoliciesAsync(), strict: true);

        await api.ApplyPoliciesAsync(new ApplyRequest([wanted, wanted with { Name = "second" }]));
        Assert.Equal("GET", Assert.Single((await api.SetPolicyAsync(wanted)).Conditions!.AllowedMethods!));
        var list = await api.ListPoliciesAsync();
        Assert.Equal(["second", "worker"], list.Select(policy => policy.Name));

        // What is listed can be applied as it is.
        var again = await api.ApplyPoliciesAsync(new ApplyRequest(list, Prune: true));
        Assert.Equal((0, 0, 0, 2), (again.Added.Count, again.Changed.Count, again.Removed.Count, again.Unchanged.Count));
    }

    [Fact]
    public async Task A_thousand_policies_are_listed_and_applied_again()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        var many = Enumerable.Range(0, 1000).Select(n => new PolicyView($"policy-{n:0000}", "agent:*", [$"path/{n}/*", "other/*"], ["list", "use"])).ToArray();

        Assert.Equal(1000, (await api.ApplyPoliciesAsync(new ApplyRequest(many))).Added.Count);
        Assert.Equal(1001, (await api.ApplyPoliciesAsync(new ApplyRequest(await api.ListPoliciesAsync(), Prune: true))).Unchanged.Count);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task What_would_be_decided_is_told(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);

        var allowed = await api.SimulateAsync(new SimulateRequest("worker", "app/api_key", "retrieve"));
        var denied = await api.SimulateAsync(new SimulateRequest("worker", "other/key", "retrieve"));

        Assert.True(allowed.Allowed);
        Assert.Equal(["worker"], allowed.Policies);
        Assert.Equal(300, allowed.MaxTtl);
        Assert.Equal((false, "ACCESS_DENIED"), (denied.Allowed, denied.Code));
        Assert.Equal("UNSUPPORTED_OPERATION", await CodeAsync(() => api.SimulateAsync(new SimulateRequest("worker", "app/api_key", "use", "sing"))));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task The_audit_log_is_read_and_verified(bool daemon)
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var api = await OpenAsync(vault, daemon);
        await api.GetAsync("app/api_key");

        var entries = new List<AuditEntryView>();
        await foreach (var entry in api.ReadAuditAsync(new AuditRequest()))
        {
            entries.Add(entry);
        }

        Assert.Equal(Enumerable.Range(1, entries.Count).Select(number => (long)number), entries.Select(entry => entry.Sequence));
        Assert.Contains(entries, entry => entry is { Actor: "operator", Action: "credential.get", Resource: "app/api_key", Outcome: "allowed" });
        Assert.DoesNotContain("CANARY", string.Concat(entries), StringComparison.Ordinal);
        var verified = await api.VerifyAuditAsync(new VerifyRequest());
        Assert.True(verified.Entries >= entries.Count);
        Assert.Equal(64, verified.Checkpoint.Length);
    }

    [Fact]
    public async Task Leases_are_listed_and_revoked_by_id_by_agent_and_all()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        var wire = await vault.SignInAsync();
        for (var i = 0; i < 3; i++)
        {
            await wire.CallAsync("retrieve", """{"path":"app/api_key"}""");
        }

        var leases = await api.ListLeasesAsync();
        Assert.All(leases, lease => Assert.Equal(("worker", "app/api_key", 300L), (lease.Agent, lease.Path, lease.Ttl)));
        Assert.Equal(1, await api.RevokeLeasesAsync(new RevokeRequest(LeaseId: leases[0].LeaseId)));
        Assert.Equal("LEASE_EXPIRED", await wire.CodeAsync("renew_lease", $$"""{"lease_id":"{{leases[0].LeaseId}}"}"""));
        Assert.Equal(0, await api.RevokeLeasesAsync(new RevokeRequest(Agent: "stranger")));
        Assert.Equal(2, await api.RevokeLeasesAsync(new RevokeRequest(All: true)));
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.RevokeLeasesAsync(new RevokeRequest())));
        Assert.Equal("INVALID_PARAMS", await CodeAsync(() => api.RevokeLeasesAsync(new RevokeRequest(Agent: "worker", All: true))));
    }

    [Fact]
    public async Task A_call_that_needs_a_human_waits_for_one()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        await api.RemovePolicyAsync("worker");
        await api.AddPolicyAsync(new PolicyView("ask", "agent:worker", ["app/*"], ["retrieve"], Conditions: new ConditionsView(RequireApproval: true)));
        var wire = await vault.SignInAsync();
        const string call = """{"path":"app/api_key","ttl":60}""";

        var error = await wire.RefusedAsync("retrieve", call);
        var waiting = Assert.Single(await api.ListApprovalsAsync());

        Assert.Equal("APPROVAL_REQUIRED", error.GetProperty("code").GetString());
        Assert.Equal(waiting.ApprovalId, error.GetProperty("context").GetProperty("approval_id").GetString());
        Assert.Equal(("worker", "retrieve", "app/api_key"), (waiting.Agent, waiting.Action, waiting.Path));
        await api.DecideApprovalAsync(new ApprovalDecision(waiting.ApprovalId, Approve: true));
        await wire.CallAsync("retrieve", call);
        Assert.Equal("APPROVAL_REQUIRED", await wire.CodeAsync("retrieve", call));
        await api.DecideApprovalAsync(new ApprovalDecision(Assert.Single(await api.ListApprovalsAsync()).ApprovalId, Approve: false));
        Assert.Equal("ACCESS_DENIED", await wire.CodeAsync("retrieve", call));
        Assert.Equal("NOT_FOUND", await CodeAsync(() => api.DecideApprovalAsync(new ApprovalDecision("00", Approve: true, ForSeconds: 60))));
    }

    [Fact]
    public async Task The_vault_is_opened_in_this_process_under_its_lock()
    {
        await using var vault = await VaultFixture.CreateAsync();

        Assert.Equal("AUTH_FAILED", await CodeAsync(() => OperatorSession.OpenLocalAsync(vault.Folder, "wrong"u8.ToArray())));
        await using (await OperatorSession.OpenLocalAsync(vault.Folder, VaultFixture.PassphraseBytes))
        {
            Assert.Equal("IN_USE", await CodeAsync(() => OperatorSession.OpenLocalAsync(vault.Folder, VaultFixture.PassphraseBytes)));
        }

        await using var again = await OperatorSession.OpenLocalAsync(vault.Folder, VaultFixture.PassphraseBytes);
        Assert.Equal("NOT_FOUND", await CodeAsync(() => OperatorSession.OpenLocalAsync(Path.Join(vault.Root, "none"), VaultFixture.PassphraseBytes)));
    }

    private static async Task<IOperatorApi> OpenAsync(VaultFixture vault, bool daemon)
    {
        if (!daemon)
        {
            return await OperatorSession.OpenLocalAsync(vault.Folder, VaultFixture.PassphraseBytes);
        }

        await vault.StartAsync();
        return await vault.OperatorAsync();
    }

    private static async Task<string> CodeAsync(Func<Task> call) => (await Assert.ThrowsAsync<OperatorException>(call)).Code;
}
