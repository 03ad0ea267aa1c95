using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Leases;

public sealed class LeaseTests : IAsyncLifetime
{
    private static readonly CredentialPath Path = CredentialPath.Parse("a/b");

    private TestVault _test = null!;
    private Caller _bot = null!;

    private Vault Vault => _test.Vault;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "value");
        await _test.AllowAsync(PolicyActions.Retrieve, "a/*", name: "p", maxTtl: 600);
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData(null, 600, 300)]
    [InlineData(null, 60, 60)]
    [InlineData(1, 600, 1)]
    [InlineData(599, 600, 599)]
    [InlineData(100_000, 600, 600)]
    public async Task A_lease_is_as_long_as_was_asked_for_and_no_longer_than_the_policy_says(int? asked, int policy, int given)
    {
        await Vault.Policies.RemoveAsync(_test.Operator, "p");
        await _test.AllowAsync(PolicyActions.Retrieve, maxTtl: policy);
        var lease = await LeaseAsync(asked);
        Assert.Equal(TimeSpan.FromSeconds(given), lease.Ttl);
        Assert.Equal(TestVault.Noon.AddSeconds(given), lease.ExpiresAt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task A_ttl_that_makes_no_sense_is_refused(int ttl)
    {
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => LeaseAsync(ttl));
        var lease = await LeaseAsync();
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => Vault.RenewLeaseAsync(_bot, lease.Id, TimeSpan.FromSeconds(ttl)));
        Assert.Equal(lease, Assert.Single(await Vault.ListLeasesAsync(_bot)));
    }

    [Fact]
    public async Task Renewing_counts_from_now_and_within_the_policy_as_often_as_is_allowed()
    {
        var lease = await LeaseAsync(100);
        for (var i = 1; i <= 12; i++)
        {
            _test.Time.Advance(TimeSpan.FromSeconds(50));
            var renewed = await Vault.RenewLeaseAsync(_bot, lease.Id);
            Assert.Equal((i, _test.Time.GetUtcNow().AddSeconds(100)), (renewed.Renewals, renewed.ExpiresAt));
        }

        await Refused.WithAsync(VaultErrorCode.LeaseExhausted, () => Vault.RenewLeaseAsync(_bot, lease.Id));
        Assert.Equal(12, Assert.Single(await Vault.ListLeasesAsync(_bot)).Renewals);
    }

    [Fact]
    public async Task Renewing_is_decided_anew()
    {
        var lease = await LeaseAsync();
        Assert.Equal(600, (await Vault.RenewLeaseAsync(_bot, lease.Id, TimeSpan.FromDays(1))).Ttl.TotalSeconds);
        await _test.AllowAsync(PolicyActions.Retrieve, conditions: new() { MaxRetrievalsPerHour = 1 }, name: "narrow", maxTtl: 10);
        Assert.Equal(10, (await Vault.RenewLeaseAsync(_bot, lease.Id)).Ttl.TotalSeconds);
        await Vault.Policies.RemoveAsync(_test.Operator, "p");
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => Vault.RenewLeaseAsync(_bot, lease.Id));
    }

    [Fact]
    public async Task Renewals_at_the_same_time_each_count()
    {
        var lease = await LeaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => Vault.RenewLeaseAsync(_bot, lease.Id)))).InTime();
        Assert.Equal(12, Assert.Single(await Vault.ListLeasesAsync(_bot)).Renewals);
        await Refused.WithAsync(VaultErrorCode.LeaseExhausted, () => Vault.RenewLeaseAsync(_bot, lease.Id));
    }

    [Fact]
    public async Task A_renewal_that_cant_be_written_did_not_happen()
    {
        var lease = await LeaseAsync();
        _test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        _test.Time.Advance(TimeSpan.FromSeconds(1));
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => Vault.RenewLeaseAsync(_bot, lease.Id));
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => Vault.ReleaseLeaseAsync(_bot, lease.Id));
        Assert.Equal(lease, Assert.Single(await Vault.ListLeasesAsync(_bot)));
        _test.Store.Committing = null;
    }

    [Fact]
    public async Task A_renewal_does_not_bring_back_a_lease_that_was_ended_before_it_was_written()
    {
        // While a first commit waits, the lease is taken and its end is queued; then comes the renewal's change, as if it had been
        // decided on before.
        var lease = await LeaseAsync();
        var unsealed = _test.Operator.Unsealed;
        var key = unsealed.Codec.KeyOf(Collections.Leases, lease.Id);
        await Vault.ReleaseLeaseAsync(_bot, lease.Id);
        await unsealed.Journal.CommitAsync(
            OperatorEntry.Of(unsealed, "lease.renew", null), [new RecordChange(key, LeaseRecord.Write(lease), lease) { IfThere = true }]);
        Assert.False(_test.Store.Records.ContainsKey(key));
        await _test.ReopenAsync();
        Assert.Empty(await Vault.Leases.ListAsync(_test.Operator));
    }

    [Fact]
    public async Task A_lease_is_released_once()
    {
        var lease = await LeaseAsync();
        await Vault.ReleaseLeaseAsync(_bot, lease.Id);
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => Vault.ReleaseLeaseAsync(_bot, lease.Id));
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => Vault.RenewLeaseAsync(_bot, lease.Id));
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
    }

    [Fact]
    public async Task Somebody_elses_lease_looks_like_none()
    {
        var lease = await LeaseAsync();
        var other = (await _test.SignInAsync("other")).Caller;
        Func<string, Task>[] tries = [id => Vault.ReleaseLeaseAsync(other, id), id => Vault.RenewLeaseAsync(other, id)];
        foreach (var attempt in tries)
        {
            var theirs = await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => attempt(lease.Id));
            var nobodys = await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => attempt(new string('0', 32)));
            Assert.Equal(theirs.Message + theirs.Detail, nobodys.Message + nobodys.Detail);
        }

        Assert.Empty(await Vault.ListLeasesAsync(other));
        Assert.Single(await Vault.ListLeasesAsync(_bot));
    }

    [Fact]
    public async Task A_lease_past_its_time_is_over_at_once_and_swept_out_within_a_minute()
    {
        var lease = await LeaseAsync(10);
        _test.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(await Vault.ListLeasesAsync(_bot));
        Assert.Empty(await Vault.Leases.ListAsync(_test.Operator));
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => Vault.RenewLeaseAsync(_bot, lease.Id));
        await Refused.WithAsync(VaultErrorCode.LeaseExpired, () => Vault.ReleaseLeaseAsync(_bot, lease.Id));
        await Refused.WithAsync(VaultErrorCode.NotFound, () => Vault.Leases.RevokeAsync(_test.Operator, lease.Id));

        _test.Time.Advance(TimeSpan.FromSeconds(60));
        await Vault.SealAsync("so that the sweep is through");
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
    }

    [Fact]
    public async Task Operators_revoke_one_an_agents_or_all()
    {
        var other = (await _test.SignInAsync("other")).Caller;
        var lease = await LeaseAsync();
        await LeaseAsync();
        await Vault.RetrieveAsync(other, Path);
        await Vault.Leases.RevokeAsync(_test.Operator, lease.Id);
        await Refused.WithAsync(VaultErrorCode.NotFound, () => Vault.Leases.RevokeAsync(_test.Operator, lease.Id));
        Assert.Equal(1, await Vault.Leases.RevokeAllAsync(_test.Operator, AgentName.Parse("bot")));
        Assert.Single(await Vault.Leases.ListAsync(_test.Operator));
        Assert.Equal(1, await Vault.Leases.RevokeAllAsync(_test.Operator));
        Assert.Equal(0, await Vault.Leases.RevokeAllAsync(_test.Operator));
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("policy")]
    [InlineData("credential")]
    public async Task Removing_what_a_lease_depends_on_ends_it_in_the_same_commit(string what)
    {
        await LeaseAsync();
        await LeaseAsync();
        var commits = _test.Store.Commits;
        await (what switch
        {
            "agent" => Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot")),
            "policy" => Vault.Policies.RemoveAsync(_test.Operator, "p"),
            _ => Vault.Credentials.RemoveAsync(_test.Operator, Path),
        });
        Assert.Equal(1, _test.Store.Commits - commits);
        Assert.Empty(await Vault.Leases.ListAsync(_test.Operator));
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
        Assert.Equal(2, (await _test.AuditAsync(new() { Action = "lease.revoke" })).Count);
    }

    [Fact]
    public async Task Removing_a_policy_leaves_what_another_grants_too()
    {
        await _test.AllowAsync(PolicyActions.Retrieve, "*/b");
        await LeaseAsync();
        await Vault.Policies.RemoveAsync(_test.Operator, "p");
        Assert.Single(await Vault.ListLeasesAsync(_bot));
    }

    [Theory]
    [InlineData("policy", VaultErrorCode.AccessDenied)]
    [InlineData("credential", VaultErrorCode.CredentialNotFound)]
    public async Task What_is_removed_while_a_call_runs_ends_the_call(string what, VaultErrorCode code)
    {
        var call = await _test.ChangeMeanwhileAsync(() => LeaseAsync(), () => what == "policy"
            ? Vault.Policies.RemoveAsync(_test.Operator, "p")
            : Vault.Credentials.RemoveAsync(_test.Operator, Path));
        await Refused.WithAsync(code, () => call.InTime());
        Assert.Empty(await Vault.Leases.ListAsync(_test.Operator));
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
    }

    [Theory]
    [InlineData("agent", true, VaultErrorCode.SessionExpired)]
    [InlineData("policy", true, VaultErrorCode.AccessDenied)]
    [InlineData("credential", true, VaultErrorCode.CredentialNotFound)]
    [InlineData("agent", false, null)]
    [InlineData("policy", false, null)]
    [InlineData("credential", false, null)]
    public async Task A_lease_that_is_written_together_with_a_removal_does_not_outlive_it(string what, bool removalFirst, VaultErrorCode? code)
    {
        // So that the next call reads nothing, and is where it waits to be written when it gives its task back.
        await Vault.ReleaseLeaseAsync(_bot, (await LeaseAsync()).Id);
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _test.Store.Committing = _ =>
        {
            reached.Set();
            goOn.Await();
        };
        var other = Task.Run(() => _test.StoreAsync("other"));
        reached.Await();
        Task RemoveAsync() => what switch
        {
            "agent" => Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot")),
            "policy" => Vault.Policies.RemoveAsync(_test.Operator, "p"),
            _ => Vault.Credentials.RemoveAsync(_test.Operator, Path),
        };

        var early = removalFirst ? RemoveAsync() : null;
        var call = LeaseAsync();
        var removal = early ?? RemoveAsync();
        goOn.Set();
        await Task.WhenAll(other, removal).InTime();
        _test.Store.Committing = null;

        if (code is { } expected)
        {
            await Refused.WithAsync(expected, () => call.InTime());
        }
        else
        {
            // Written before the removal, it may come back or be stopped; its lease is over either way.
            await Task.WhenAny(call).InTime();
        }

        Assert.Empty(await Vault.Leases.ListAsync(_test.Operator));
        Assert.Empty(_test.Store.KeysOf(Collections.Leases));
    }

    [Fact]
    public async Task A_policy_removed_while_a_call_runs_leaves_what_another_grants()
    {
        await _test.AllowAsync(PolicyActions.Retrieve, "*/b");
        var call = await _test.ChangeMeanwhileAsync(() => LeaseAsync(), () => Vault.Policies.RemoveAsync(_test.Operator, "p"));
        await call.InTime();
        Assert.Single(await Vault.ListLeasesAsync(_bot));
    }

    [Fact]
    public async Task An_agent_holds_at_most_a_thousand()
    {
        for (var i = 0; i < _test.Options.MaxLeasesPerAgent; i++)
        {
            await LeaseAsync();
        }

        await Refused.WithAsync(VaultErrorCode.RateLimited, () => LeaseAsync());
        await Vault.RetrieveAsync((await _test.SignInAsync("other")).Caller, Path);
        await Vault.ReleaseLeaseAsync(_bot, (await Vault.ListLeasesAsync(_bot))[0].Id);
        await LeaseAsync();
    }

    [Fact]
    public async Task Leases_survive_reopening()
    {
        var lease = await LeaseAsync();
        var renewed = await Vault.RenewLeaseAsync(_bot, lease.Id, TimeSpan.FromSeconds(500));
        var gone = await LeaseAsync();
        await Vault.ReleaseLeaseAsync(_bot, gone.Id);
        await _test.ReopenAsync();
        _bot = (await _test.SignInAsync("bot")).Caller;
        Assert.Equal(renewed, Assert.Single(await Vault.ListLeasesAsync(_bot)));
        await Vault.ReleaseLeaseAsync(_bot, lease.Id);
    }

    private async Task<Lease> LeaseAsync(int? ttl = null)
    {
        using var retrieved = await Vault.RetrieveAsync(_bot, Path, ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        return retrieved.Lease;
    }
}
