using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Tests.Fixture;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>What an operator changes at a daemon that has not heard yet of what was done at another: it is looked up in what all have written.</summary>
public sealed class SeveralOperatorsTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly VaultOptions NeverCutOff = new() { LongestStoreSilence = TimeSpan.FromHours(1) };
    private static readonly CredentialPath New = CredentialPath.Parse("webhooks/new");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lease_that_one_has_acknowledged_does_not_survive_its_revocation_at_another(bool all)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddDeafAsync(vaults);
        var session = await vaults.SignInAsync(0);
        using var got = await vaults[0].RetrieveAsync(session.Caller, SeveralVaults.Path);
        if (all)
        {
            Assert.Equal(1, await vaults[there].Leases.RevokeAllAsync(vaults.By(there)));
        }
        else
        {
            await vaults[there].Leases.RevokeAsync(vaults.By(there), got.Lease.Id);
        }

        Assert.Equal(VaultErrorCode.LeaseExpired, await SeveralVaults.TryAsync(() => vaults[0].RenewLeaseAsync(session.Caller, got.Lease.Id)));
    }

    [Fact]
    public async Task A_credential_that_one_has_just_stored_another_can_get_and_remove()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 1);
        var there = await AddDeafAsync(vaults);
        await vaults[0].Credentials.StoreAsync(vaults.By(0), New, "the first secret of some length"u8.ToArray());
        using (var got = await vaults[there].Credentials.GetAsync(vaults.By(there), New))
        {
            Assert.Equal("the first secret of some length"u8, got.Span);
        }

        await vaults[0].Credentials.StoreAsync(vaults.By(0), New, "the second secret of some length"u8.ToArray());
        using (var got = await vaults[there].Credentials.GetAsync(vaults.By(there), New))
        {
            Assert.Equal("the second secret of some length"u8, got.Span);
        }

        await vaults[0].Credentials.RemoveAsync(vaults.By(0), New);
        Assert.Equal(VaultErrorCode.CredentialNotFound, await SeveralVaults.TryAsync(async () => (await vaults[there].Credentials.GetAsync(vaults.By(there), New)).Dispose()));
        await vaults[0].Credentials.StoreAsync(vaults.By(0), New, "the third secret of some length"u8.ToArray());
        await vaults[there].Credentials.RemoveAsync(vaults.By(there), New);
        Assert.Equal(VaultErrorCode.CredentialNotFound, await SeveralVaults.TryAsync(async () => (await vaults[0].Credentials.GetAsync(vaults.By(0), New)).Dispose()));
    }

    [Fact]
    public async Task A_seal_provider_that_one_has_just_added_another_can_test_and_remove()
    {
        var kept = new KeptKeys();
        var options = NeverCutOff with { SealProviders = [kept], Kdf = KdfParameters.Minimum };
        await using var vaults = await SeveralVaults.StartAsync(server, 1, options: options);
        var there = await AddDeafAsync(vaults, options);
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("new", kept.Type, "here"));
        Assert.Null(await vaults[there].TestSealProviderAsync(vaults.By(there), "new"));
        Assert.Null(await vaults[there].RemoveSealProviderAsync(vaults.By(there), "new"));
        Assert.Equal(VaultErrorCode.NotFound, await SeveralVaults.TryAsync(() => vaults[0].TestSealProviderAsync(vaults.By(0), "new")));
    }

    private static Task<int> AddDeafAsync(SeveralVaults vaults, VaultOptions? options = null) =>
        vaults.AddAsync(options: options ?? NeverCutOff, around: store => new HeldStore(store).Deafen());
}
