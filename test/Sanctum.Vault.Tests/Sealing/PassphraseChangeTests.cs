using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

public sealed class PassphraseChangeTests
{
    private static readonly byte[] New = "a new one"u8.ToArray();

    [Fact]
    public async Task Afterwards_only_the_new_one_opens_the_vault()
    {
        await using var test = await TestVault.CreateAsync();
        await test.StoreAsync("a/b", "value");
        await test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, New);

        Assert.Equal(New, await OpensWithAsync(test));
        Assert.Equal(New, await OpensWithAsync(test, test.Vault));
        using var secret = await test.Vault.Credentials.GetAsync(test.Operator, Sanctum.Credentials.CredentialPath.Parse("a/b"));
        Assert.Equal("value"u8, secret.Span);
    }

    [Fact]
    public async Task Whoever_does_not_know_the_old_one_changes_nothing()
    {
        await using var test = await TestVault.CreateAsync();
        var seal = test.Store.Seal;
        await Refused.WithAsync(
            VaultErrorCode.AuthFailed, () => test.Vault.ChangePassphraseAsync(test.Operator, "wrong"u8.ToArray(), New));
        await Refused.WithAsync(
            VaultErrorCode.InvalidParams, () => test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, Array.Empty<byte>()));
        Assert.Equal(seal, test.Store.Seal);
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("ääääääa")]
    [InlineData("")]
    public async Task What_is_too_short_for_a_new_vault_is_too_short_for_a_change(string replacement)
    {
        await using var test = await TestVault.CreateAsync();
        var seal = test.Store.Seal;
        var bytes = System.Text.Encoding.UTF8.GetBytes(replacement);
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => Vault.CreateAsync(new OpenStore(), bytes, test.Options));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, bytes));
        Assert.Equal(seal, test.Store.Seal);
    }

    [Fact]
    public async Task The_longest_is_taken_whole_and_what_is_longer_is_refused_and_opens_nothing()
    {
        await using var test = await TestVault.CreateAsync();
        var longest = new byte[PassphraseRule.MaximumBytes];
        longest.AsSpan().Fill((byte)'a');
        byte[] longer = [.. longest, (byte)'a'];
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => Vault.CreateAsync(new OpenStore(), longer, test.Options));
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, longer));
        await test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, longest);
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.UnsealAsync(longer));
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.UnsealAsync(longest.AsMemory(1)));
        await test.Vault.UnsealAsync(longest);
    }

    [Theory]
    [InlineData("before the entry")]
    [InlineData("after the entry")]
    [InlineData("before the seal")]
    [InlineData("after the seal")]
    public async Task Interrupted_anywhere_the_vault_opens_with_exactly_one_of_the_two(string where)
    {
        await using var test = await TestVault.CreateAsync();
        var failed = false;
        void FailOnce()
        {
            if (!failed)
            {
                failed = true;
                throw new StoreException(StoreFailure.Unavailable, "the disk went away");
            }
        }

        switch (where)
        {
            case "before the entry": test.Store.Committing = _ => FailOnce(); break;
            case "after the entry": test.Store.Committed = _ => FailOnce(); break;
            case "before the seal": test.Store.Sealing = FailOnce; break;
            default: test.Store.SealWritten = FailOnce; break;
        }

        await Refused.WithAsync(
            VaultErrorCode.StorageFailed, () => test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, New));

        // The vault that is open and the one that would be opened from the store agree which.
        var opens = where == "after the seal" ? New : TestVault.Passphrase;
        Assert.Equal(opens, await OpensWithAsync(test));
        if (where == "after the entry")
        {
            // The store is ahead of what the vault knows, so nothing more is written until it has been read again.
            Assert.Equal(VaultErrorCode.StorageFailed, (await test.Vault.SealAsync("test")).NotRecorded?.Code);
        }

        Assert.Equal(opens, await OpensWithAsync(test, test.Vault));
    }

    [Fact]
    public async Task A_change_that_failed_does_not_stand_in_the_log_as_done()
    {
        await using var test = await TestVault.CreateAsync();
        test.Store.Sealing = () => throw new StoreException(StoreFailure.Full, "full");
        await Refused.WithAsync(
            VaultErrorCode.StorageFailed, () => test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, New));
        var last = (await test.AuditAsync())[^1];
        Assert.Equal(("vault.passphrase", Sanctum.Audit.AuditOutcome.Failed), (last.Action, last.Outcome));
    }

    private static async Task<byte[]?> OpensWithAsync(TestVault test, Vault? vault = null)
    {
        byte[]? opens = null;
        foreach (var passphrase in new[] { TestVault.Passphrase, New })
        {
            await using var fresh = vault is null ? await Vault.OpenAsync(test.Store.Copy(), test.Options) : null;
            try
            {
                await (vault ?? fresh!).UnsealAsync(passphrase);
                Assert.Null(opens);
                opens = passphrase;
            }
            catch (VaultException refused) when (refused.Code == VaultErrorCode.AuthFailed)
            {
                // One of them must not.
            }
        }

        return opens;
    }
}
