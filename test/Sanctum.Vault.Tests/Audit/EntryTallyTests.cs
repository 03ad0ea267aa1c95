using System.Globalization;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Audit;

/// <summary>An agent that is refused as often as it likes can't fill the log with it, and nothing of it goes uncounted.</summary>
public sealed class EntryTallyTests : IAsyncLifetime
{
    private const int Most = 5;

    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { MaxRecordedPerMinute = Most, MaxFailedSignInsPerMinute = Most });
        await _test.StoreAsync("a/b", "value");
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Denied_calls_above_the_limit_are_told_to_wait_and_counted_in_one_entry()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        await DenyAsync(100, VaultErrorCode.RateLimited);

        var entries = await _test.AuditAsync(new() { Agent = "bot", Action = "retrieve" });
        Assert.InRange(entries.Count, Most, Most + 2);
        Assert.Equal(Most + 100, entries.Sum(Calls));
        Assert.All(entries, entry => Assert.Equal((AuditOutcome.Denied, VaultErrorCode.AccessDenied), (entry.Outcome, entry.Reason)));
    }

    [Fact]
    public async Task The_wait_that_is_told_is_enough()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        _test.Time.Advance(TimeSpan.FromSeconds(20));
        var refusal = await Refused.WithAsync(VaultErrorCode.RateLimited, () => _test.RetrieveAsync(_bot, "a/b"));
        Assert.Equal(40L, refusal.Context!["retry_after"]);
        _test.Time.Advance(TimeSpan.FromSeconds(40));
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
    }

    [Fact]
    public async Task What_is_granted_goes_on_and_so_do_the_others()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        await DenyAsync(1, VaultErrorCode.RateLimited);
        await _test.StoreAsync("b/c", "other");
        await _test.AllowAsync(PolicyActions.Retrieve, "b/*");
        Assert.Equal("other", await _test.RetrieveAsync(_bot, "b/c"));
        await Refused.WithAsync(VaultErrorCode.AccessDenied, async () => await _test.RetrieveAsync((await _test.SignInAsync("other")).Caller, "a/b"));
    }

    [Fact]
    public async Task The_first_that_is_counted_shows_at_once_whatever_happens_next()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        await DenyAsync(1, VaultErrorCode.RateLimited);
        await _test.Operator.Unsealed.Journal.FlushAsync();
        Assert.Equal(Most + 1, await StoredCallsAsync());
    }

    [Fact]
    public async Task The_number_is_durable_when_the_minute_is_over()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        await DenyAsync(100, VaultErrorCode.RateLimited);
        _test.Time.Advance(TimeSpan.FromSeconds(61));
        await _test.Operator.Unsealed.Journal.FlushAsync();
        Assert.Equal(Most + 100, await StoredCallsAsync());
    }

    [Fact]
    public async Task The_number_is_durable_when_the_vault_is_sealed()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        await DenyAsync(100, VaultErrorCode.RateLimited);
        await _test.SealAsync();
        Assert.Equal(Most + 100, await StoredCallsAsync());
    }

    [Fact]
    public async Task What_a_full_disk_does_not_take_stays_counted()
    {
        await DenyAsync(Most, VaultErrorCode.AccessDenied);
        _test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        await DenyAsync(100, VaultErrorCode.RateLimited);
        _test.Time.Advance(TimeSpan.FromSeconds(61));
        _test.Store.Committing = null;
        await _test.SealAsync();
        Assert.Equal(Most + 100, await StoredCallsAsync());
    }

    [Theory]
    [InlineData("unknown_operation", VaultErrorCode.UnsupportedOperation)]
    [InlineData("verify", VaultErrorCode.InvalidParams)]
    public async Task Calls_that_fail_are_limited_as_well(string operation, VaultErrorCode code)
    {
        await _test.AllowAsync(PolicyActions.Use);
        await FailAsync(Most, operation, code);
        await FailAsync(100, operation, VaultErrorCode.RateLimited);
        var entries = await _test.AuditAsync(new() { Agent = "bot", Action = "use" });
        Assert.InRange(entries.Count, Most, Most + 2);
        Assert.Equal(Most + 100, entries.Sum(Calls));
    }

    [Fact]
    public async Task Calls_that_fail_and_spend_an_hourly_limit_are_each_in_the_log()
    {
        await _test.AllowAsync(PolicyActions.Use, conditions: new() { MaxUsesPerHour = 20 });
        await FailAsync(20, "verify", VaultErrorCode.InvalidParams);
        await _test.ReopenAsync();
        _bot = (await _test.SignInAsync("bot")).Caller;
        await FailAsync(1, "verify", VaultErrorCode.RateLimited);
    }

    [Fact]
    public async Task Trying_leases_that_are_none_is_limited_as_well()
    {
        for (var i = 0; i < Most + 100; i++)
        {
            await Refused.WithAsync(
                i < Most ? VaultErrorCode.LeaseExpired : VaultErrorCode.RateLimited, () => _test.Vault.RenewLeaseAsync(_bot, new string('0', 32)));
        }

        var entries = await _test.AuditAsync(new() { Agent = "bot", Action = "lease.renew" });
        Assert.InRange(entries.Count, Most, Most + 2);
        Assert.Equal(Most + 100, entries.Sum(Calls));
    }

    [Fact]
    public async Task Lists_are_served_and_counted()
    {
        for (var i = 0; i < 100; i++)
        {
            await _test.Vault.ListAsync(_bot);
        }

        var entries = await _test.AuditAsync(new() { Agent = "bot", Action = "list" });
        Assert.InRange(entries.Count, Most, Most + 2);
        Assert.Equal(100, entries.Sum(Calls));
    }

    [Fact]
    public async Task Sessions_are_opened_and_counted()
    {
        for (var i = 0; i < 100; i++)
        {
            await _test.Vault.LogoutAsync(await _test.SignInAsync("bot"));
        }

        var entries = await _test.AuditAsync(new() { Agent = "bot" });
        Assert.InRange(entries.Count, Most, Most + 4);
        Assert.Equal(1 + 200, entries.Sum(Calls));
    }

    [Fact]
    public async Task Failed_sign_ins_under_any_names_are_counted_by_where_they_come_from()
    {
        for (var i = 0; i < 100; i++)
        {
            await Refused.WithAsync(
                i < Most ? VaultErrorCode.AuthFailed : VaultErrorCode.RateLimited,
                () => _test.Vault.AuthenticateAsync(_test.Vault.IssueChallenge($"name{i}"), new byte[64], "attacker"));
        }

        var entries = (await _test.AuditAsync(new() { Action = "session.open", Denied = true })).Where(entry => entry.Details!["source"] == "attacker").ToList();
        Assert.InRange(entries.Count, Most, Most + 2);
        Assert.Equal(100, entries.Sum(Calls));
    }

    [Fact]
    public async Task Failing_from_ever_new_places_takes_no_more_memory_than_there_are_places()
    {
        for (var i = 0; i < 10_000 + (2 * Most); i++)
        {
            await Assert.ThrowsAsync<VaultException>(
                () => _test.Vault.AuthenticateAsync(_test.Vault.IssueChallenge("bot"), new byte[64], $"tcp:10.0.{i / 256}.{i % 256}"));
        }

        // Those that found no place share one, and have used it up together.
        await Refused.WithAsync(
            VaultErrorCode.RateLimited, () => _test.Vault.AuthenticateAsync(_test.Vault.IssueChallenge("bot"), new byte[64], "tcp:192.168.0.1"));
        await _test.SignInAsync("bot");
    }

    private static long Calls(AuditEntry entry) =>
        entry.Details?.GetValueOrDefault("calls") is { } calls ? long.Parse(calls, CultureInfo.InvariantCulture) : 1;

    private async Task DenyAsync(int times, VaultErrorCode code)
    {
        for (var i = 0; i < times; i++)
        {
            await Refused.WithAsync(code, () => _test.RetrieveAsync(_bot, "a/b"));
        }
    }

    private async Task FailAsync(int times, string operation, VaultErrorCode code)
    {
        for (var i = 0; i < times; i++)
        {
            await Refused.WithAsync(code, () => _test.UseAsync(_bot, "a/b", operation));
        }
    }

    // In what is stored, and not in what the vault would write if it were asked now.
    private async Task<long> StoredCallsAsync()
    {
        var copy = _test.Store.Copy();
        await using var vault = await Vault.OpenAsync(copy, _test.Options);
        var by = await vault.UnsealAsync(TestVault.Passphrase);
        var calls = 0L;
        await foreach (var entry in vault.Audit.ReadAsync(by, new() { Agent = "bot", Action = "retrieve" }))
        {
            calls += Calls(entry);
        }

        return calls;
    }
}
