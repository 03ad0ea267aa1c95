using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Policies;

/// <summary>Policies that are added, replaced and applied from a list.</summary>
public sealed class PolicyRegistryTests : IAsyncLifetime
{
    private TestVault _test = null!;

    private PolicyRegistry Registry => _test.Vault.Policies;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "value");
        await _test.StoreAsync("c/d", "value");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_policy_that_is_there_is_replaced_by_set_and_not_by_add()
    {
        await Registry.SetAsync(_test.Operator, Policy("p"));
        var taken = await Refused.WithAsync(VaultErrorCode.Conflict, () => Registry.AddAsync(_test.Operator, Policy("p", PolicyActions.Use)));
        Assert.Contains("sanctum policy set p", taken.Suggestion, StringComparison.Ordinal);
        await Registry.SetAsync(_test.Operator, Policy("p", PolicyActions.Use));
        await _test.ReopenAsync();
        Assert.Equal(PolicyActions.Use, Assert.Single(await Registry.ListAsync(_test.Operator)).Actions);
        Assert.Equal(["policy.add", "policy.set"], (await _test.AuditAsync()).Select(entry => entry.Action).Where(action => action.StartsWith("policy.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Setting_what_is_there_already_writes_nothing()
    {
        await Registry.SetAsync(_test.Operator, Policy("p"));
        var commits = _test.Store.Commits;
        await Registry.SetAsync(_test.Operator, Policy("p"));
        Assert.Equal(commits, _test.Store.Commits);
    }

    [Fact]
    public async Task Leases_that_nothing_grants_any_more_end_in_the_same_commit_and_others_stay()
    {
        await Registry.SetAsync(_test.Operator, Policy("p", PolicyActions.Retrieve, "a/*", "c/*"));
        var bot = (await _test.SignInAsync("bot")).Caller;
        using var one = await _test.Vault.RetrieveAsync(bot, CredentialPath.Parse("a/b"));
        using var other = await _test.Vault.RetrieveAsync(bot, CredentialPath.Parse("c/d"));
        var commits = _test.Store.Commits;
        await Registry.SetAsync(_test.Operator, Policy("p", PolicyActions.Retrieve, "c/*"));
        Assert.Equal(1, _test.Store.Commits - commits);
        Assert.Equal(other.Lease.Id, Assert.Single(await _test.Vault.Leases.ListAsync(_test.Operator)).Id);
        Assert.Equal(one.Lease.Id, Assert.Single(await _test.AuditAsync(new() { Action = "lease.revoke" })).LeaseId);
    }

    [Fact]
    public async Task An_hourly_limit_that_was_used_up_stays_so_when_the_policy_is_replaced_also_after_reopening()
    {
        var limited = Policy("p", PolicyActions.Retrieve) with { Conditions = new() { MaxRetrievalsPerHour = 1 } };
        await Registry.SetAsync(_test.Operator, limited);
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
        await Registry.SetAsync(_test.Operator, limited with { MaxTtl = TimeSpan.FromSeconds(5) });
        await Refused.WithAsync(VaultErrorCode.RateLimited, async () => await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b"));
        await _test.ReopenAsync();
        await Refused.WithAsync(VaultErrorCode.RateLimited, async () => await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b"));
    }

    // The call has been decided on and waits for the secret; the policy is replaced meanwhile.
    [Theory]
    [InlineData("c/*", false)]
    [InlineData("a/*", true)]
    public async Task A_secret_on_its_way_leaves_only_where_the_new_policy_grants_it(string resource, bool leaves)
    {
        await Registry.SetAsync(_test.Operator, Policy("p", PolicyActions.Retrieve, "*"));
        var caller = (await _test.SignInAsync("bot")).Caller;
        var call = await _test.ChangeMeanwhileAsync(() => _test.RetrieveAsync(caller, "a/b"), () => Registry.SetAsync(_test.Operator, Policy("p", PolicyActions.Retrieve, resource)));
        if (leaves)
        {
            Assert.Equal("value", await call.InTime());
            return;
        }

        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
    }

    // The signature is being made when the algorithm is taken from the policy.
    [Theory]
    [InlineData("hmac-sha512", false)]
    [InlineData("hmac-sha256", true)]
    public async Task A_signature_on_its_way_leaves_only_where_the_new_policy_allows_its_algorithm(string allowed, bool leaves)
    {
        await Registry.SetAsync(_test.Operator, Policy("p", PolicyActions.Use) with { Conditions = new() { AllowedSignAlgorithms = ["hmac-sha256"] } });
        var caller = (await _test.SignInAsync("bot")).Caller;
        var call = await _test.ChangeMeanwhileAsync(() => _test.UseAsync(caller, "a/b", "sign", """{"data":"x","algorithm":"hmac-sha256"}"""), () => Registry.SetAsync(
            _test.Operator, Policy("p", PolicyActions.Use) with { MaxTtl = TimeSpan.FromSeconds(7), Conditions = new() { AllowedSignAlgorithms = [allowed] } }));
        if (leaves)
        {
            Assert.NotNull(await call.InTime());
            return;
        }

        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
    }

    [Fact]
    public async Task A_list_is_applied_in_one_commit_and_says_what_changed()
    {
        await Registry.AddAsync(_test.Operator, Policy("same"));
        await Registry.AddAsync(_test.Operator, Policy("other"));
        await Registry.AddAsync(_test.Operator, Policy("gone"));
        Policy[] wanted = [Policy("new"), Policy("other", PolicyActions.Use), Policy("same")];
        var fingerprint = _test.Store.Fingerprint();

        Assert.Equal(("new", "other", "gone", "same"), Named(await Registry.CompareAsync(_test.Operator, wanted, prune: true)));
        Assert.Equal(("new", "other", "", "same"), Named(await Registry.CompareAsync(_test.Operator, wanted)));
        Assert.Equal(fingerprint, _test.Store.Fingerprint());

        var commits = _test.Store.Commits;
        Assert.Equal(("new", "other", "gone", "same"), Named(await Registry.ApplyAsync(_test.Operator, wanted, prune: true)));
        Assert.Equal(1, _test.Store.Commits - commits);
        Assert.True((await Registry.CompareAsync(_test.Operator, wanted, prune: true)).IsEmpty);
        await _test.ReopenAsync();
        Assert.True((await Registry.CompareAsync(_test.Operator, await Registry.ListAsync(_test.Operator), prune: true)).IsEmpty);
        Assert.Equal(["new", "other", "same"], (await Registry.ListAsync(_test.Operator)).Select(policy => policy.Name));
    }

    public static TheoryData<string> Mistakes => ["malformed", "twice", "full"];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Nothing_is_applied_of_a_list_that_can_not_be_applied_whole(string mistake)
    {
        await Registry.AddAsync(_test.Operator, Policy("known"));
        Policy[] wanted = [Policy("known", PolicyActions.Use), Policy("new"), mistake switch
        {
            "malformed" => Policy("third") with { Principal = "everybody" },
            "twice" => Policy("new", PolicyActions.Use),
            _ => Policy("third"),
        }];
        var fingerprint = _test.Store.Fingerprint();
        _test.Store.Committing = mistake == "full" ? _ => throw new StoreException(StoreFailure.Full, "full") : null;

        var refused = await Refused.WithAsync(mistake == "full" ? VaultErrorCode.StorageFailed : VaultErrorCode.InvalidParams, () => Registry.ApplyAsync(_test.Operator, wanted, prune: true));
        _test.Store.Committing = null;

        Assert.Contains(mistake switch { "malformed" => "policies[2] ('third'): a principal", "twice" => "policies[2] has the same name as policies[1]", _ => "disk is full" }, refused.Message, StringComparison.Ordinal);
        Assert.Equal(fingerprint, _test.Store.Fingerprint());
        Assert.Equal(PolicyActions.Retrieve, Assert.Single(await Registry.ListAsync(_test.Operator)).Actions);
    }

    [Fact]
    public async Task What_is_no_name_is_not_repeated_in_the_error_about_a_list()
    {
        var refused = await Refused.WithAsync(VaultErrorCode.InvalidParams, () => Registry.ApplyAsync(_test.Operator, [Policy("sk/CANARY")]));
        Assert.DoesNotContain("CANARY", refused.ToString(), StringComparison.Ordinal);
    }

    // An operator without the passphrase's full rights, as a token without the scope 'secrets' stands for.
    [Fact]
    public async Task Who_may_not_disclose_gives_no_agent_a_way_to_retrieve()
    {
        var narrow = _test.Operator.WithoutDisclosure();
        await Registry.AddAsync(_test.Operator, Policy("known", PolicyActions.Retrieve) with { Principal = "agent:known-*", Conditions = new() { RequireApproval = true } });
        await _test.RegisterAsync("known-one");
        using var key = new AgentKey();

        await RefusedAsync(() => Registry.AddAsync(narrow, Policy("p", PolicyActions.Retrieve | PolicyActions.Use)));
        await RefusedAsync(() => Registry.SetAsync(narrow, Policy("p")));
        await RefusedAsync(() => Registry.ApplyAsync(narrow, [Policy("p", PolicyActions.Use), Policy("q")]));
        await RefusedAsync(() => Registry.SetAsync(narrow, Policy("known") with { Principal = "agent:known-*" }));
        await RefusedAsync(() => _test.Vault.Agents.RegisterAsync(narrow, AgentName.Parse("known-two"), key.PublicKey));
        await RefusedAsync(() => _test.Vault.Agents.RotateKeyAsync(narrow, AgentName.Parse("known-one"), key.PublicKey));

        // What gives nobody a secret is theirs to do.
        await Registry.AddAsync(narrow, Policy("use", PolicyActions.Use | PolicyActions.List));
        await Registry.SetAsync(narrow, Policy("known") with { Enabled = false });
        await RefusedAsync(() => Registry.SetAsync(narrow, Policy("known")));
        await _test.Vault.Agents.RegisterAsync(narrow, AgentName.Parse("other"), key.PublicKey);
        await _test.Vault.Agents.DisableAsync(narrow, AgentName.Parse("known-one"));
        await Registry.RemoveAsync(narrow, "known");
    }

    private static async Task RefusedAsync(Func<Task> call) =>
        Assert.Contains("scope 'secrets'", (await Refused.WithAsync(VaultErrorCode.AccessDenied, call)).Message, StringComparison.Ordinal);

    private static Policy Policy(string name, PolicyActions actions = PolicyActions.Retrieve, params string[] resources) =>
        new() { Name = name, Principal = "agent:*", Resources = resources is [] ? ["*"] : resources, Actions = actions };

    private static (string Added, string Changed, string Removed, string Unchanged) Named(PolicyChanges changes) => (
        string.Join(',', changes.Added.Select(policy => policy.Name)),
        string.Join(',', changes.Changed.Select(change => change.After.Name)),
        string.Join(',', changes.Removed.Select(policy => policy.Name)),
        string.Join(',', changes.Unchanged.Select(policy => policy.Name)));
}
