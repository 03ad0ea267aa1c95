using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>What is taken from an agent is taken from the requests that are on their way: the upstream sees the client leave.</summary>
public sealed class WithdrawalTests : IAsyncLifetime
{
    private Outside _outside = null!;
    private TestUpstream _upstream = null!;
    private string _origin = "";

    private TestVault Test => _outside.Test;

    public async ValueTask InitializeAsync()
    {
        _outside = await Outside.CreateAsync();
        _upstream = await TestUpstream.StartAsync(new() { Authority = _outside.Authority, Names = [Outside.Host] });
        _origin = _upstream.OriginAs(Outside.Host);
        await _outside.AllowOriginsAsync(_origin);
    }

    public async ValueTask DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    public static TheoryData<string> Phases => ["/slow", "/hold-connection", "/endless-but-slow"];

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_the_caller_cancels(string phase) => CutAsync(null, phase, cancel => cancel.CancelAsync());

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_agent_is_removed(string phase) =>
        CutAsync(VaultErrorCode.SessionExpired, phase, _ => Test.Vault.Agents.RemoveAsync(Test.Operator, AgentName.Parse("bot")));

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_agent_logs_out(string phase) => CutAsync(VaultErrorCode.SessionExpired, phase, _ => Test.Vault.LogoutAsync(_outside.Bot.Session));

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_session_comes_to_its_end(string phase) => CutAsync(VaultErrorCode.SessionExpired, phase, _ =>
    {
        Test.Time.Advance(TimeSpan.FromHours(1));
        return Task.CompletedTask;
    });

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_policy_is_removed(string phase) =>
        CutAsync(VaultErrorCode.AccessDenied, phase, _ => Test.Vault.Policies.RemoveAsync(Test.Operator, "use"));

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_agent_is_disabled(string phase) =>
        CutAsync(VaultErrorCode.SessionExpired, phase, _ => Test.Vault.Agents.DisableAsync(Test.Operator, AgentName.Parse("bot")));

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_agent_gets_another_key(string phase) => CutAsync(VaultErrorCode.SessionExpired, phase, async _ =>
    {
        using var next = new AgentKey();
        await Test.Vault.Agents.RotateKeyAsync(Test.Operator, AgentName.Parse("bot"), next.PublicKey);
    });

    public static TheoryData<string> Narrower =>
        ["principal", "resources", "actions", "off", "operations", "domains", "methods", "paths", "hours", "approval", "pruned"];

    [Theory]
    [MemberData(nameof(Narrower))]
    public Task When_its_policy_is_replaced_by_one_that_does_not_grant_it(string what) => CutAsync(VaultErrorCode.AccessDenied, "/slow", _ =>
    {
        var now = Granting();
        var policy = what switch
        {
            "principal" => now with { Principal = "agent:other" },
            "resources" => now with { Resources = ["other/*"] },
            "actions" => now with { Actions = PolicyActions.List },
            "off" => now with { Enabled = false },
            "operations" => now with { Conditions = new() { AllowedOperations = ["sign"] } },
            "domains" => now with { Conditions = new() { AllowedDomains = ["other.example.test"] } },
            "methods" => now with { Conditions = new() { AllowedMethods = ["POST"] } },
            "paths" => now with { Conditions = new() { AllowedPaths = ["/other/*"] } },
            "hours" => now with { Conditions = new() { TimeWindow = NotNow() } },
            "approval" => now with { Conditions = new() { RequireApproval = true } },
            _ => now with { Name = "another" },
        };
        return what == "pruned"
            ? Test.Vault.Policies.ApplyAsync(Test.Operator, [policy], prune: true)
            : Test.Vault.Policies.SetAsync(Test.Operator, policy);
    });

    // Each of these is another policy, and lets the request that is on its way go on.
    [Fact]
    public async Task What_the_new_policy_grants_too_goes_on()
    {
        var (call, _) = await RunningAsync("/slow", CancellationToken.None);
        var now = Granting();
        foreach (var policy in new[]
        {
            now with { Principal = "agent:bot" },
            now with { Resources = ["other/*", Outside.Path], MaxTtl = TimeSpan.FromSeconds(1) },
            now with { Actions = PolicyActions.Use | PolicyActions.List },
            now with { Conditions = new() { AllowedOperations = ["http_request"], AllowedDomains = [Outside.Host], AllowedMethods = ["GET"], AllowedPaths = ["/slow"] } },
            now with { Conditions = new() { MaxUsesPerHour = 1 } },
        })
        {
            await Test.Vault.Policies.SetAsync(Test.Operator, policy);
            Assert.False(call.IsCompleted);
        }

        await Test.Vault.Policies.ApplyAsync(Test.Operator, [now, now with { Name = "another" }], prune: true);
        _upstream.Gate("slow").Open();
        Assert.Equal("at last", Outside.Text(await call.InTime()));
        Assert.Equal(6, (await Test.AuditAsync(new() { Action = "policy.set" })).Count);
    }

    // The change is written before the call's entry: what the call was granted by is gone, although a policy of that name grants it again.
    [Fact]
    public async Task When_its_policy_was_removed_and_added_again_before_it_was_sent()
    {
        using var open = new ManualResetEventSlim();
        var before = HoldTheJournal(open);
        var call = _outside.GetAsync($"{_origin}/ok");
        var removed = Test.Vault.Policies.RemoveAsync(Test.Operator, "use");
        var added = Test.Vault.Policies.AddAsync(Test.Operator, Granting());
        open.Set();
        await Task.WhenAll(before, removed, added).InTime();
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
        Assert.Equal((0, 0), (_outside.Asked.Count, _upstream.Connections));
    }

    [Fact]
    public async Task A_policy_that_can_not_be_replaced_because_the_disk_is_full_stays_and_its_request_goes_on()
    {
        var (call, _) = await RunningAsync("/slow", CancellationToken.None);
        Test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => Test.Vault.Policies.SetAsync(Test.Operator, Granting() with { Actions = PolicyActions.List }));
        Test.Store.Committing = null;
        _upstream.Gate("slow").Open();
        Assert.Equal("at last", Outside.Text(await call.InTime()));
        Assert.Equal(PolicyActions.Use, Assert.Single(await Test.Vault.Policies.ListAsync(Test.Operator)).Actions);
    }

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_credential_is_removed(string phase) =>
        CutAsync(VaultErrorCode.AccessDenied, phase, _ => Test.Vault.Credentials.RemoveAsync(Test.Operator, CredentialPath.Parse(Outside.Path)));

    [Fact]
    public Task When_its_credential_is_stored_without_that_host() =>
        CutAsync(VaultErrorCode.AccessDenied, "/slow", _ => _outside.StoreAsync(new() { AllowedOrigins = [], Hosts = ["other.example.test"] }));

    [Theory]
    [MemberData(nameof(Phases))]
    public Task When_its_credential_is_bound_to_nothing_any_more(string phase) =>
        CutAsync(VaultErrorCode.AccessDenied, phase, _ => _outside.StoreAsync(new() { AllowedOrigins = [] }));

    [Fact]
    public Task When_its_credential_is_stored_without_that_method() =>
        CutAsync(VaultErrorCode.AccessDenied, "/slow", _ => _outside.StoreAsync(new() { Methods = ["POST"] }));

    [Fact]
    public Task When_its_credential_is_stored_without_that_path() =>
        CutAsync(VaultErrorCode.AccessDenied, "/slow", _ => _outside.StoreAsync(new() { Paths = ["/other"] }));

    // The host is still bound, but the address that it goes to was the exception's alone: a request made now would be denied.
    [Fact]
    public Task When_the_exception_that_let_it_go_to_its_address_is_taken_back() => CutAsync(
        VaultErrorCode.AccessDenied,
        "/slow",
        _ => _outside.StoreAsync(new() { AllowedOrigins = [], Hosts = [$"{Outside.Host}:{_upstream.Port}"] }));

    [Theory]
    [MemberData(nameof(Phases))]
    public async Task When_the_vault_is_sealed_which_waits_for_nobody(string phase)
    {
        await CutAsync(VaultErrorCode.VaultLocked, phase, async _ => await Test.SealAsync().InTime());
        Assert.True(Test.Vault.IsSealed);
    }

    public static TheoryData<string> Changes => ["removed", "bound elsewhere", "without its exception"];

    // All of the response is there and searched, and what was found in it is being recorded; the change is recorded before that.
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task When_only_the_record_is_waited_for(string change)
    {
        using var open = new ManualResetEventSlim();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var raw = RawUpstream.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await answer.Task;
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {Outside.Secret.Length}\r\n\r\n{Outside.Secret}");
        });
        var host = $"{Outside.Host}:{raw.Port}";
        await _outside.AllowOriginsAsync($"http://{host}");
        var call = _outside.GetAsync($"http://{host}");
        var connection = await raw.Connections.NextAsync();
        await connection.Requested.InTime();

        var before = HoldTheJournal(open);
        var changed = ChangeAsync(change, host);
        answer.SetResult();
        await connection.Ended.InTime();
        open.Set();
        await Task.WhenAll(before, changed).InTime();
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
    }

    // Granted and changed in one breath of the journal: what was granted is not done any more.
    [Theory]
    [MemberData(nameof(Changes))]
    public async Task When_it_has_not_been_sent_yet(string change)
    {
        using var open = new ManualResetEventSlim();
        var before = HoldTheJournal(open);
        var call = _outside.GetAsync($"{_origin}/ok");
        var changed = ChangeAsync(change, $"{Outside.Host}:{_upstream.Port}");
        open.Set();
        await Task.WhenAll(before, changed).InTime();
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
        Assert.Equal((0, 0), (_outside.Asked.Count, _upstream.Connections));
    }

    [Fact]
    public async Task What_still_stands_goes_on()
    {
        await Test.AllowAsync(PolicyActions.Use, name: "another");
        var (call, _) = await RunningAsync("/slow", CancellationToken.None);
        await Test.Vault.Policies.RemoveAsync(Test.Operator, "another");
        await Test.StoreAsync("other/key");
        await Test.Vault.Credentials.RemoveAsync(Test.Operator, CredentialPath.Parse("other/key"));
        await _outside.StoreAsync(new() { AllowedOrigins = [_origin, "https://more.example.test"] });
        await _outside.Test.SignInAsync("other");
        await Test.Vault.Agents.RemoveAsync(Test.Operator, AgentName.Parse("other"));
        _upstream.Gate("slow").Open();
        Assert.Equal("at last", Outside.Text(await call.InTime()));
    }

    [Fact]
    public async Task A_request_that_is_resolving_its_host_is_cut_off_before_it_connects()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _outside.Addresses[Outside.Host] = async cancelled =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
            return [];
        };
        var call = _outside.GetAsync($"{_origin}/ok");
        await asked.Task.InTime();
        await Test.Vault.Policies.RemoveAsync(Test.Operator, "use");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => call.InTime());
        Assert.Equal(0, _upstream.Connections);
    }

    // Stops it within the commit of an entry that changes nothing and holds no lock, which this returns once it is there: what comes now waits, and is written together.
    private Task HoldTheJournal(ManualResetEventSlim open)
    {
        using var reached = new ManualResetEventSlim();
        Test.Store.Committing = _ =>
        {
            Test.Store.Committing = null;
            reached.Set();
            open.Await();
        };
        var before = Task.Run(() => Test.Vault.ListAsync(_outside.Bot));
        reached.Await();
        return before;
    }

    private static Policy Granting() => new() { Name = "use", Principal = "agent:*", Resources = ["*"], Actions = PolicyActions.Use };

    // An hour of the day that it is not, by the clock that the vault decides by.
    private TimeWindow NotNow()
    {
        var hour = (Test.Time.GetLocalNow().Hour + 2) % 24;
        Assert.True(TimeWindow.TryParse($"{hour:00}:00", $"{(hour + 1) % 24:00}:00", out var window));
        return window;
    }

    private Task ChangeAsync(string change, string host) => change switch
    {
        "removed" => Test.Vault.Credentials.RemoveAsync(Test.Operator, CredentialPath.Parse(Outside.Path)),
        "bound elsewhere" => _outside.AllowOriginsAsync("https://other.example.test"),
        _ => _outside.StoreAsync(new() { AllowedOrigins = [], Hosts = [host] }),
    };

    private async Task CutAsync(VaultErrorCode? code, string phase, Func<CancellationTokenSource, Task> cut)
    {
        using var cancel = new CancellationTokenSource();
        var (call, received) = await RunningAsync(phase, cancel.Token);
        await cut(cancel);
        if (code is { } expected)
        {
            await Refused.WithAsync(expected, () => call.InTime());
        }
        else
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        }

        Assert.Equal(RequestEnding.ClientLeft, await received.Ending.InTime());
        if (!Test.Vault.IsSealed)
        {
            // On the record as what it was: granted, and then not done.
            Assert.Single(await _outside.UsesAsync());
            Assert.NotEqual(AuditOutcome.Allowed, Assert.Single(await _outside.OutcomesAsync()).Outcome);
        }
    }

    // Before the head of the response, and within its body.
    private async Task<(Task<HttpRequestResult> Call, ReceivedRequest Received)> RunningAsync(string phase, CancellationToken cancellationToken)
    {
        var path = phase == "/endless-but-slow" ? "/drip/10" : phase;
        var call = _outside.SendAsync(new(_origin + path), cancellationToken: cancellationToken);
        var received = await _upstream.Requests.NextAsync();
        _upstream.Gate("drip").Open(3);
        return (call, received);
    }
}
