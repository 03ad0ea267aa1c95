using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Storage;

/// <summary>Somebody writes to the store while the vault is unsealed: what is read is used only where it is current.</summary>
public sealed class PutBackTests : IAsyncLifetime
{
    private static readonly CredentialPath Path = CredentialPath.Parse("a/b");

    private TestVault _test = null!;
    private Caller _caller = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.AllowAsync(PolicyActions.Retrieve | PolicyActions.Use);
        await _test.StoreAsync("a/b", "the first secret, of some length");
        _caller = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_replaced_secret_that_is_put_back_is_not_handed_out()
    {
        var before = _test.Store.Copy();
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, Path);
        await _test.StoreAsync("a/b", "the second secret, of some length");
        var key = _test.Operator.Unsealed.Secrets.Cipher.KeyOf(Path, 1);
        var now = _test.Store.Records[key];

        // It opens where it lies: same path, same version, same revision.
        _test.Store.Records[key] = before.Records[key];
        var refusal = await RefusedAsync(() => _test.RetrieveAsync(_caller, "a/b"));
        Assert.Contains("'a/b', version 1", refusal.Message, StringComparison.Ordinal);
        await RefusedAsync(() => _test.UseAsync(_caller, "a/b", "sign", """{"data":"x"}"""));
        await RefusedAsync(() => _test.Vault.Credentials.GetAsync(_test.Operator, Path));
        Assert.Contains(await _test.AuditAsync(), it => it is { Action: "retrieve", Outcome: AuditOutcome.Failed, Resource: "a/b" });

        _test.Store.Records[key] = now;
        Assert.Equal("the second secret, of some length", await _test.RetrieveAsync(_caller, "a/b"));
    }

    [Fact]
    public async Task A_secret_that_was_lost_is_named()
    {
        await _test.ReopenAsync();
        _caller = (await _test.SignInAsync("bot")).Caller;
        var key = _test.Operator.Unsealed.Secrets.Cipher.KeyOf(Path, 1);
        _test.Store.Records.Remove(key, out var lost);
        var refusal = await RefusedAsync(() => _test.RetrieveAsync(_caller, "a/b"));
        Assert.Contains("'a/b', version 1", refusal.Message, StringComparison.Ordinal);
        _test.Store.Records[key] = lost;
    }

    [Fact]
    public async Task A_removed_version_that_is_put_back_decrypts_nothing()
    {
        await _test.StoreAsync("a/b", "the second secret, of some length");
        var sealedText = ((Sanctum.Operations.EncryptResult)await _test.UseAsync(_caller, "a/b", "encrypt", """{"data":"text"}""")).Ciphertext;
        var before = _test.Store.Copy();
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, Path);
        await _test.StoreAsync("a/b", "the third secret, of some length");
        var key = _test.Operator.Unsealed.Secrets.Cipher.KeyOf(Path, 2);
        _test.Store.Records[key] = before.Records[key];
        var refusal = await Assert.ThrowsAsync<VaultException>(() => _test.UseAsync(_caller, "a/b", "decrypt", $$"""{"data":"{{sealedText}}"}"""));
        Assert.Equal(VaultErrorCode.InvalidParams, refusal.Code);
    }

    [Fact]
    public async Task Records_that_were_added_removed_or_put_back_show_when_the_log_is_verified()
    {
        var before = _test.Store.Copy();
        await _test.StoreAsync("a/c");
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, Path);
        var back = before.Records.First(it => !_test.Store.Records.ContainsKey(it.Key));
        _test.Store.Records.Add(back.Key, back.Value);
        await RefusedAsync(() => _test.Vault.Audit.VerifyAsync(_test.Operator));
        _test.Store.Records.Remove(back.Key);
        await _test.Vault.Audit.VerifyAsync(_test.Operator);

        var key = _test.Store.KeysOf(Collections.Agents)[0];
        _test.Store.Records.Remove(key, out var agent);
        await RefusedAsync(() => _test.Vault.Audit.VerifyAsync(_test.Operator));
        _test.Store.Records.Add(key, agent);
    }

    [Fact]
    public async Task A_head_that_was_exchanged_after_a_failed_write_is_not_built_upon()
    {
        var before = _test.Store.Records[Head.Key];
        _test.Store.Committing = _ =>
        {
            _test.Store.Records[Head.Key] = before with { Data = new byte[before.Data.Length] };
            throw new StoreException(StoreFailure.Unavailable, "gone");
        };
        await Assert.ThrowsAsync<VaultException>(() => _test.StoreAsync("a/c"));
        _test.Store.Committing = null;
        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => _test.StoreAsync("a/c"));
        _test.Store.Records[Head.Key] = before;
        await _test.StoreAsync("a/c");
    }

    [Fact]
    public async Task A_removal_that_fails_leaves_a_secret_that_can_be_read()
    {
        await _test.ReopenAsync();
        _caller = (await _test.SignInAsync("bot")).Caller;
        _test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        await Assert.ThrowsAsync<VaultException>(() => _test.Vault.Credentials.RemoveAsync(_test.Operator, Path));
        _test.Store.Committing = null;
        Assert.Equal("the first secret, of some length", await _test.RetrieveAsync(_caller, "a/b"));
    }

    [Fact]
    public async Task A_removal_of_a_secret_and_the_sealing_ask_the_store_to_be_rid_of_it_and_other_calls_do_not()
    {
        var purges = new List<bool>();
        _test.Store.Committing = batch => purges.Add(batch.Purge);
        await _test.StoreAsync("a/c");
        await _test.RetrieveAsync(_caller, "a/b");
        Assert.DoesNotContain(true, purges);
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, Path);
        Assert.True(Assert.Single(purges, it => it));
        purges.Clear();
        await _test.SealAsync();
        Assert.True(purges[^1]);
        _test.Store.Committing = null;
    }

    private static async Task<VaultException> RefusedAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<VaultException>(call);
        Assert.True(refusal.Code.ToString().EndsWith("Damaged", StringComparison.Ordinal), refusal.Code.ToString());
        return refusal;
    }
}
