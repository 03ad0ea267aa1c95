using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Leases;

/// <summary>A change is written, and the leases that end with it can't be: the operator is told which of the two failed.</summary>
public sealed class LeaseEndingTests : IAsyncLifetime
{
    private TestVault _test = null!;
    private Caller _bot = null!;

    private Vault Vault => _test.Vault;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/b", "value", new CredentialOptions { Tags = ["staging"] });
        await _test.AllowAsync(PolicyActions.Retrieve, "tag:staging", name: "p");
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_removal_took_effect_where_only_a_lease_that_was_granted_meanwhile_stays()
    {
        await _test.RetrieveAsync(_bot, "a/b");
        var leases = _test.Operator.Unsealed.Leases;
        var late = Assert.Single(leases.All);
        Assert.True(leases.TryTake(late)); // It is there once the change is being written.
        var commits = 0;
        _test.Store.Committing = _ =>
        {
            leases.Put(late);
            FailAt(2, ref commits);
        };
        Has("the change took effect", await Refused.WithAsync(VaultErrorCode.StorageFailed, () => Vault.Policies.RemoveAsync(_test.Operator, "p")));
        _test.Store.Committing = null;
        Assert.Empty(await Vault.Policies.ListAsync(_test.Operator));
        Assert.Equal(1, await Vault.Leases.RevokeAllAsync(_test.Operator));
    }

    [Fact]
    public async Task A_version_is_stored_where_only_the_lease_that_a_lost_tag_granted_stays()
    {
        await _test.RetrieveAsync(_bot, "a/b");
        var commits = 0;
        _test.Store.Committing = _ => FailAt(2, ref commits);
        Has("the change took effect", await Refused.WithAsync(VaultErrorCode.StorageFailed, () => _test.StoreAsync("a/b", "value", new CredentialOptions { Tags = [] })));
        _test.Store.Committing = null;
        Assert.Equal(2, Assert.Single(await Vault.Credentials.ListAsync(_test.Operator)).Version);
    }

    [Fact]
    public async Task Leases_that_were_revoked_before_it_failed_are_counted()
    {
        for (var i = 0; i < 300; i++)
        {
            await _test.RetrieveAsync(_bot, "a/b");
        }

        var commits = 0;
        _test.Store.Committing = _ => FailAt(2, ref commits);
        Has("only 256 of the leases were revoked", await Refused.WithAsync(VaultErrorCode.StorageFailed, () => Vault.Leases.RevokeAllAsync(_test.Operator)));
        _test.Store.Committing = null;
        Assert.Equal(44, await Vault.Leases.RevokeAllAsync(_test.Operator));
    }

    private static void FailAt(int number, ref int commits)
    {
        if (++commits == number)
        {
            throw new StoreException(StoreFailure.Unavailable, "the disk went away");
        }
    }

    private static void Has(string text, VaultException refusal) => Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
}
