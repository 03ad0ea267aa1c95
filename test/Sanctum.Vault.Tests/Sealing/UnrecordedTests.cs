using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

/// <summary>A store that takes no more: the vault can still be sealed, and nothing else can be done in it unrecorded.</summary>
public sealed class UnrecordedTests
{
    [Fact]
    public async Task An_operator_whose_login_can_not_be_recorded_can_seal_and_nothing_else()
    {
        await using var test = await TestVault.CreateAsync();
        await test.StoreAsync("a/b");
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        var by = await test.Vault.UnsealAsync(TestVault.Passphrase);
        Assert.Equal(VaultErrorCode.StorageFailed, by.Unrecorded?.Code);
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.Vault.Credentials.ListAsync(by));
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.Vault.Credentials.GetAsync(by, Sanctum.Credentials.CredentialPath.Parse("a/b")));
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.Vault.Audit.VerifyAsync(by));
        test.Store.Committing = null;

        // Also once there is room again: the login is still not on the record. Another login is.
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.Vault.Credentials.ListAsync(by));
        Assert.Null((await test.Vault.UnsealAsync(TestVault.Passphrase)).Unrecorded);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_a_wrong_passphrase_also_where_that_can_not_be_recorded()
    {
        await using var test = await TestVault.CreateAsync();
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.UnsealAsync("wrong"u8.ToArray()));
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.ChangePassphraseAsync(test.Operator, "wrong"u8.ToArray(), "another passphrase"u8.ToArray()));
        test.Store.Committing = null;
    }

    [Fact]
    public async Task Sealing_says_what_could_not_be_recorded_and_the_vault_opens_again_with_all_that_was_acknowledged()
    {
        await using var test = await TestVault.CreateAsync();
        await test.StoreAsync("a/b");
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Unavailable, "the disk failed");
        var report = await test.Vault.SealAsync("test");
        Assert.True(report.Changed);
        Assert.Contains("the disk failed", report.NotRecorded!.Message, StringComparison.Ordinal);
        Assert.True(test.Vault.IsSealed);
        test.Store.Committing = null;
        Assert.Equal(new(Changed: false), await test.Vault.SealAsync("test"));
        await test.UnsealAsync();
        Assert.Single(await test.Vault.Credentials.ListAsync(test.Operator));
        await test.Vault.Audit.VerifyAsync(test.Operator);
    }
}
