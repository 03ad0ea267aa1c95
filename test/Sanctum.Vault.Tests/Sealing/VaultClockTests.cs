using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

/// <summary>Whatever expires does so when its time has passed, and not when the clock says so that somebody has set back.</summary>
public sealed class VaultClockTests : IAsyncLifetime
{
    private static readonly CredentialPath Path = CredentialPath.Parse("a/b");
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private ClockSetBack _clock = null!;
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { TimeProvider = _clock = new ClockSetBack(options.TimeProvider) });
        await _test.StoreAsync("a/b", "value");
        await _test.RegisterAsync("bot");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lease_ends_when_its_time_has_passed(bool restarted)
    {
        await _test.AllowAsync(PolicyActions.Retrieve);
        var session = await _test.SignInAsync("bot");
        using var retrieved = await _test.Vault.RetrieveAsync(session.Caller, Path, TimeSpan.FromSeconds(2));
        _clock.Offset -= Day;
        if (restarted)
        {
            await _test.ReopenAsync();
            session = await _test.SignInAsync("bot");
            Assert.Single(await _test.Vault.ListLeasesAsync(session.Caller));
        }

        _test.Time.Advance(TimeSpan.FromSeconds(3));
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => _test.Vault.RenewLeaseAsync(session.Caller, retrieved.Lease.Id));
        Assert.Empty(await _test.Vault.ListLeasesAsync(session.Caller));
        Assert.Empty(await _test.Vault.Leases.ListAsync(_test.Operator));
    }

    [Fact]
    public async Task A_lease_does_not_live_longer_for_restarts_with_the_clock_set_back_while_the_vault_ran()
    {
        await _test.AllowAsync(PolicyActions.Retrieve);
        using var retrieved = await _test.Vault.RetrieveAsync((await _test.SignInAsync("bot")).Caller, Path, TimeSpan.FromSeconds(100));
        _clock.Offset -= Day;
        _test.Time.Advance(TimeSpan.FromSeconds(99));

        // What the log says of the lease is further back than is read.
        await _test.RecordAsync(Enumerable.Range(0, 3000).Select(_ => Entry()));
        await _test.ReopenAsync();
        var session = await _test.SignInAsync("bot");
        Assert.Single(await _test.Vault.ListLeasesAsync(session.Caller));
        _test.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(await _test.Vault.ListLeasesAsync(session.Caller));
    }

    [Fact]
    public async Task The_times_that_are_told_are_those_of_the_system()
    {
        await _test.AllowAsync(PolicyActions.Retrieve);
        var session = await _test.SignInAsync("bot");
        _clock.Offset -= Day;
        using var retrieved = await _test.Vault.RetrieveAsync(session.Caller, Path, TimeSpan.FromSeconds(100));
        Assert.Equal(_clock.GetUtcNow().AddSeconds(100), retrieved.Lease.ExpiresAt);
        Assert.Equal(_clock.GetUtcNow().AddHours(1), session.ExpiresAt);
        Assert.Equal(_clock.GetUtcNow(), (await _test.AuditAsync())[^1].Time);
    }

    [Fact]
    public async Task A_challenge_is_too_old_after_thirty_seconds()
    {
        var challenge = _test.Vault.IssueChallenge("bot");
        _clock.Offset -= Day;
        _test.Time.Advance(TimeSpan.FromSeconds(31));
        await Refused.WithAsync(
            VaultErrorCode.AuthFailed, () => _test.Vault.AuthenticateAsync(challenge, _test.KeyOf("bot").Sign(challenge.Bytes.Span), "test"));
    }

    [Fact]
    public async Task A_session_ends_after_its_hour()
    {
        var session = await _test.SignInAsync("bot");
        _clock.Offset -= Day;
        _test.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(VaultErrorCode.SessionExpired, Assert.Throws<VaultException>(() => session.Caller).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_hourly_limit_is_no_larger_and_ends_after_its_hour(bool restarted)
    {
        await _test.AllowAsync(PolicyActions.Retrieve, name: "p", conditions: new() { MaxRetrievalsPerHour = 1 });
        _clock.Offset -= Day;
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
        _clock.Offset -= Day;
        if (restarted)
        {
            await _test.ReopenAsync();
        }

        _test.Time.Advance(TimeSpan.FromMinutes(59));
        await Refused.WithAsync(VaultErrorCode.RateLimited, async () => await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b"));
        _test.Time.Advance(TimeSpan.FromMinutes(1));
        await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
    }

    // The policies are still in the list: what sweeps them out waits for another change here, and can come late in other ways.
    [Fact]
    public async Task A_policy_that_lets_agents_connect_or_call_tools_expires_when_its_time_has_passed()
    {
        foreach (var (action, resource) in new[] { (PolicyActions.Connect, "host:db.example.com:5432"), (PolicyActions.Call, "tool:github/*") })
        {
            await _test.Vault.Policies.AddAsync(_test.Operator, new Policy
            {
                Name = action.ToString(),
                Principal = "agent:bot",
                Resources = [resource],
                Actions = action,
                ExpiresAt = _clock.GetUtcNow().AddSeconds(10),
            });
        }

        var caller = (await _test.SignInAsync("bot")).Caller;
        _clock.Offset -= Day;
        Assert.Equal(HostRoute.Tunnel, await _test.Vault.RouteAsync(caller, "db.example.com", 5432));
        await _test.Vault.RequireToolAsync(caller, "github", "list_issues");
        var changing = caller.Session.Unsealed.Changing;
        await changing.WaitAsync();
        _test.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, (await _test.Vault.Policies.ListAsync(_test.Operator)).Count);
        await Refused.WithAsync(VaultErrorCode.EgressDenied, () => _test.Vault.RouteAsync(caller, "db.example.com", 5432));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.Vault.RequireToolAsync(caller, "github", "list_issues"));
        Assert.False((await _test.Vault.Policies.SimulateConnectAsync(_test.Operator, caller.Agent, "host:db.example.com:5432")).Allowed);
        changing.Release();
    }

    [Fact]
    public async Task An_approval_ends_when_its_time_has_passed()
    {
        await _test.AllowAsync(PolicyActions.Retrieve, conditions: new() { RequireApproval = true });
        var caller = (await _test.SignInAsync("bot")).Caller;
        var asked = await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.RetrieveAsync(caller, "a/b"));
        await _test.Vault.Approvals.ApproveAsync(_test.Operator, (string)asked.Context!["approval_id"], TimeSpan.FromSeconds(10));
        Assert.Equal("value", await _test.RetrieveAsync(caller, "a/b"));
        _clock.Offset -= Day;
        Assert.Equal("value", await _test.RetrieveAsync(caller, "a/b"));
        _test.Time.Advance(TimeSpan.FromSeconds(10));
        await Refused.WithAsync(VaultErrorCode.ApprovalRequired, () => _test.RetrieveAsync(caller, "a/b"));
    }

    [Fact]
    public async Task Nobody_calling_shows_after_the_clock_was_set_back()
    {
        await _test.SignInAsync("bot");
        _clock.Offset -= Day;
        _test.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(TimeSpan.FromMinutes(5), _test.Vault.IdleTime);
    }

    private Sanctum.Audit.AuditEntry Entry() => new()
    {
        Time = _clock.GetUtcNow(),
        Actor = "agent:other",
        Action = "list",
        Outcome = Sanctum.Audit.AuditOutcome.Allowed,
    };
}
