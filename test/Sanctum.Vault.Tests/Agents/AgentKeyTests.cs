using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sessions;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Agents;

/// <summary>Agents that get another key, or are kept out for a while.</summary>
public sealed class AgentKeyTests : IAsyncLifetime
{
    private static readonly AgentName Bot = AgentName.Parse("bot");
    private readonly AgentKey _next = new();
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { MaxFailedSignInsPerMinute = 1000 });
        await _test.StoreAsync("a/b", "value");
        await _test.AllowAsync(PolicyActions.Retrieve, name: "p");
        await _test.RegisterAsync("bot");
    }

    public async ValueTask DisposeAsync()
    {
        _next.Dispose();
        await _test.DisposeAsync();
    }

    public static TheoryData<string> Ways => ["disable", "rotate"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Sessions_and_leases_end_in_the_same_commit_and_policies_stay(string way)
    {
        var session = await _test.SignInAsync("bot");
        var other = await _test.SignInAsync("other");
        using var lease = await _test.Vault.RetrieveAsync(session.Caller, CredentialPath.Parse("a/b"));
        using var others = await _test.Vault.RetrieveAsync(other.Caller, CredentialPath.Parse("a/b"));
        var commits = _test.Store.Commits;

        await ChangeAsync(way);

        Assert.Equal(1, _test.Store.Commits - commits);
        Refused.With(VaultErrorCode.SessionExpired, () => _ = session.Caller);
        Assert.Equal(others.Lease.Id, Assert.Single(await _test.Vault.Leases.ListAsync(_test.Operator)).Id);
        Assert.Single(await _test.Vault.Policies.ListAsync(_test.Operator));
        Assert.Equal("value", await _test.RetrieveAsync(other.Caller, "a/b"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_secret_on_its_way_does_not_leave_any_more(string way)
    {
        var caller = (await _test.SignInAsync("bot")).Caller;
        var call = await _test.ChangeMeanwhileAsync(() => _test.RetrieveAsync(caller, "a/b"), () => ChangeAsync(way));
        await Refused.WithAsync(VaultErrorCode.SessionExpired, () => call.InTime());
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
    }

    // The signature was right when it was checked; before its entry was written, the agent was changed.
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_sign_in_on_its_way_gives_no_session(string way)
    {
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _test.Store.Committing = _ =>
        {
            _test.Store.Committing = null;
            reached.Set();
            goOn.Await();
        };
        var changing = Task.Run(() => ChangeAsync(way));
        reached.Await();
        var signingIn = Task.Run(() => _test.SignInAsync("bot"));
        goOn.Set();
        await changing.InTime();

        // Whichever of the two was first, it is over.
        Session? session = null;
        var refused = await Record.ExceptionAsync(async () => session = await signingIn.InTime());
        if (refused is null)
        {
            Refused.With(VaultErrorCode.SessionExpired, () => _ = session!.Caller);
        }
        else
        {
            Assert.Equal(VaultErrorCode.AuthFailed, Assert.IsType<VaultException>(refused).Code);
        }
    }

    [Fact]
    public async Task A_disabled_agent_is_refused_in_the_words_for_an_unknown_one_until_it_is_enabled_also_after_reopening()
    {
        await _test.Vault.Agents.DisableAsync(_test.Operator, Bot);
        var disabled = await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.SignInAsync("bot"));
        var challenge = _test.Vault.IssueChallenge("nobody");
        var unknown = await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.Vault.AuthenticateAsync(challenge, _next.Sign(challenge.Bytes.Span), "test"));
        Assert.Equal((unknown.Message, unknown.Suggestion, unknown.Detail), (disabled.Message, disabled.Suggestion, disabled.Detail));

        await _test.ReopenAsync();
        Assert.True(Assert.Single(await _test.Vault.Agents.ListAsync(_test.Operator)).Disabled);
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.SignInAsync("bot"));
        Assert.False((await _test.Vault.Agents.EnableAsync(_test.Operator, Bot)).Disabled);
        Assert.Equal("value", await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b"));
        await _test.ReopenAsync();
        await _test.SignInAsync("bot");
    }

    [Fact]
    public async Task The_old_key_opens_nothing_and_the_new_one_does_also_after_reopening()
    {
        await _test.Vault.Agents.RotateKeyAsync(_test.Operator, Bot, _next.PublicKey);
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.SignInAsync("bot"));
        await SignInWithNextAsync();
        await _test.ReopenAsync();
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => _test.SignInAsync("bot"));
        Assert.Equal("value", await _test.RetrieveAsync((await SignInWithNextAsync()).Caller, "a/b"));
    }

    [Fact]
    public async Task Another_key_is_no_new_hourly_limit()
    {
        await _test.Vault.Policies.SetAsync(_test.Operator, new Policy
        {
            Name = "p", Principal = "agent:*", Resources = ["*"], Actions = PolicyActions.Retrieve, Conditions = new() { MaxRetrievalsPerHour = 1 },
        });
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
        await _test.Vault.Agents.RotateKeyAsync(_test.Operator, Bot, _next.PublicKey);
        var caller = (await SignInWithNextAsync()).Caller;
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _test.RetrieveAsync(caller, "a/b"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_was_approved_for_it_is_forgotten(string way)
    {
        await _test.Vault.Policies.SetAsync(_test.Operator, new Policy
        {
            Name = "p", Principal = "agent:*", Resources = ["*"], Actions = PolicyActions.Retrieve, Conditions = new() { RequireApproval = true },
        });
        var caller = (await _test.SignInAsync("bot")).Caller;
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.RetrieveAsync(caller, "a/b"));
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, Assert.Single(await _test.Vault.Approvals.ListAsync(_test.Operator)).Id, TimeSpan.FromHours(1));

        await ChangeAsync(way);
        await _test.Vault.Agents.EnableAsync(_test.Operator, Bot);
        var again = way == "rotate" ? await SignInWithNextAsync() : await _test.SignInAsync("bot");
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.RetrieveAsync(again.Caller, "a/b"));
    }

    [Fact]
    public async Task A_key_that_is_not_acceptable_or_that_it_has_already_changes_nothing()
    {
        var session = await _test.SignInAsync("bot");
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.Agents.RotateKeyAsync(_test.Operator, Bot, new byte[32]));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.Vault.Agents.RotateKeyAsync(_test.Operator, Bot, _test.KeyOf("bot").PublicKey));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Agents.RotateKeyAsync(_test.Operator, AgentName.Parse("nobody"), _next.PublicKey));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Agents.DisableAsync(_test.Operator, AgentName.Parse("nobody")));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => _test.Vault.Agents.EnableAsync(_test.Operator, AgentName.Parse("nobody")));
        Assert.Equal("value", await _test.RetrieveAsync(session.Caller, "a/b"));
    }

    [Fact]
    public async Task What_changes_is_on_the_record_and_what_does_not_is_not()
    {
        await _test.Vault.Agents.EnableAsync(_test.Operator, Bot);
        await _test.Vault.Agents.DisableAsync(_test.Operator, Bot);
        await _test.Vault.Agents.DisableAsync(_test.Operator, Bot);
        await _test.Vault.Agents.RotateKeyAsync(_test.Operator, Bot, _next.PublicKey);
        await _test.Vault.Agents.EnableAsync(_test.Operator, Bot);
        var entries = (await _test.AuditAsync()).Where(entry => entry.Action.StartsWith("agent.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["agent.register", "agent.disable", "agent.rotate", "agent.enable"], entries.Select(entry => entry.Action));
        Assert.All(entries, entry => Assert.Equal(("bot", "operator"), (entry.Resource, entry.Actor)));
        Assert.Equal(Convert.ToHexStringLower(_next.PublicKey), entries[2].Details!["public_key"]);
    }

    private Task ChangeAsync(string way) => way == "disable"
        ? _test.Vault.Agents.DisableAsync(_test.Operator, Bot)
        : _test.Vault.Agents.RotateKeyAsync(_test.Operator, Bot, _next.PublicKey);

    private async Task<Session> SignInWithNextAsync()
    {
        var challenge = _test.Vault.IssueChallenge("bot");
        return await _test.Vault.AuthenticateAsync(challenge, _next.Sign(challenge.Bytes.Span), "test");
    }
}
