using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Leases;

/// <summary>A restart must not give an agent a new limit, and must not take away what it had left.</summary>
public sealed class HourlyLimitTests : IAsyncLifetime
{
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "value");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Retrievals_count_after_reopening_until_their_hour_is_over()
    {
        await AllowAsync(3);
        await RetrieveAsync();
        _test.Time.Advance(TimeSpan.FromMinutes(10));
        await RetrieveAsync();
        await _test.ReopenAsync();
        await RetrieveAsync();
        await _test.ReopenAsync();
        var refusal = await Refused.WithAsync(VaultErrorCode.RateLimited, RetrieveAsync);
        Assert.Equal(50 * 60L, refusal.Context!["retry_after"]);
        _test.Time.Advance(TimeSpan.FromMinutes(50));
        await RetrieveAsync();
        await Refused.WithAsync(VaultErrorCode.RateLimited, RetrieveAsync);
    }

    [Fact]
    public async Task Renewals_count_after_a_restart_too()
    {
        await AllowAsync(2);
        var caller = (await _test.SignInAsync("bot")).Caller;
        using var retrieved = await _test.Vault.RetrieveAsync(caller, Sanctum.Credentials.CredentialPath.Parse("a/b"));
        await _test.Vault.RenewLeaseAsync(caller, retrieved.Lease.Id);
        await Refused.WithAsync(VaultErrorCode.RateLimited, RetrieveAsync);
        await _test.ReopenAsync();
        await Refused.WithAsync(VaultErrorCode.RateLimited, RetrieveAsync);
    }

    [Fact]
    public async Task Granted_uses_that_failed_count_after_a_restart_too()
    {
        await _test.AllowAsync(
            PolicyActions.Use, name: "p", conditions: new() { MaxUsesPerHour = 3, AllowedSignAlgorithms = ["hmac-sha512"] });
        var caller = (await _test.SignInAsync("bot")).Caller;
        await _test.UseAsync(caller, "a/b", "sign", """{"data":"x","algorithm":"hmac-sha512"}""");
        await Refused.WithAsync(VaultErrorCode.AccessDenied, () => _test.UseAsync(caller, "a/b", "sign", """{"data":"x"}"""));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => _test.UseAsync(caller, "a/b", "sign"));
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _test.UseAsync(caller, "a/b", "sign"));
        await _test.ReopenAsync();
        caller = (await _test.SignInAsync("bot")).Caller;
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => _test.UseAsync(caller, "a/b", "sign"));
    }

    [Fact]
    public async Task Refusals_do_not_count_and_neither_does_another_agent()
    {
        await AllowAsync(1);
        var other = (await _test.SignInAsync("other")).Caller;
        await _test.RetrieveAsync(other, "a/b");
        for (var i = 0; i < 5; i++)
        {
            await Refused.WithAsync(VaultErrorCode.RateLimited, () => _test.RetrieveAsync(other, "a/b"));
        }

        await _test.ReopenAsync();
        await RetrieveAsync();
        _test.Time.Advance(TimeSpan.FromHours(1));
        await RetrieveAsync();
    }

    [Fact]
    public async Task A_policy_made_anew_starts_from_nothing_also_after_reopening()
    {
        await AllowAsync(1);
        await RetrieveAsync();
        await _test.Vault.Policies.RemoveAsync(_test.Operator, "p");
        await AllowAsync(1);
        await _test.ReopenAsync();
        await RetrieveAsync();
    }

    [Fact]
    public async Task They_count_however_long_the_log_has_grown_since()
    {
        await AllowAsync(1);
        await RetrieveAsync();
        var caller = (await _test.SignInAsync("bot")).Caller;
        for (var i = 0; i < 1100; i++)
        {
            await _test.Vault.ListAsync(caller);
        }

        await _test.ReopenAsync();
        await Refused.WithAsync(VaultErrorCode.RateLimited, RetrieveAsync);
    }

    private Task<Policy> AllowAsync(int perHour) =>
        _test.AllowAsync(PolicyActions.Retrieve, name: "p", conditions: new() { MaxRetrievalsPerHour = perHour });

    private async Task RetrieveAsync() => await _test.RetrieveAsync((await _test.SignInAsync("bot")).Caller, "a/b");
}
