using Sanctum.Crypto;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Storage;

/// <summary>Somebody writes to the vault's files while it is sealed.</summary>
public sealed partial class TamperingTests : IAsyncLifetime
{
    private TestVault _test = null!;
    private OpenStore _earlier = null!;
    private VaultKeys? _keys;

    private OpenStore Store => _test.Store;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        await _test.StoreAsync("a/one", "first");
        await _test.StoreAsync("a/two", "second");
        await _test.AllowAsync(PolicyActions.Retrieve, name: "p");
        var caller = (await _test.SignInAsync("bot")).Caller;
        await _test.RetrieveAsync(caller, "a/one");
        await _test.SealAsync();
        _earlier = Store.Copy();
        await _test.UnsealAsync();
        await _test.StoreAsync("a/one", "first again");
        await _test.StoreAsync("a/three", "third");
        await _test.Vault.Policies.RemoveAsync(_test.Operator, "p");
        await _test.AllowAsync(PolicyActions.Use, name: "p");
        await _test.SealAsync();
    }

    public ValueTask DisposeAsync()
    {
        _keys?.Dispose();
        return _test.DisposeAsync();
    }

    [Fact]
    public async Task Any_byte_of_a_record_flipped_is_found()
    {
        foreach (var (key, record) in Store.Records.Where(pair => pair.Key.Collection != Collections.Secrets).ToArray())
        {
            for (var i = 0; i < record.Data.Length; i += key.Collection == Collections.Head ? 1 : 7)
            {
                var data = record.Data.ToArray();
                data[i] ^= 0x10;
                Store.Records[key] = record with { Data = data };
                await DamagedAsync();
            }

            Store.Records[key] = record with { Data = record.Data[..^1] };
            await DamagedAsync();
            Store.Records[key] = record with { Data = default };
            await DamagedAsync();
            Store.Records[key] = record with { Revision = record.Revision + 1 };
            await DamagedAsync();
            Store.Records[key] = record;
        }

        await _test.UnsealAsync();
    }

    [Fact]
    public async Task Any_byte_of_a_secret_flipped_is_found_at_the_latest_when_it_is_used()
    {
        var path = Sanctum.Credentials.CredentialPath.Parse("a/three");
        await _test.UnsealAsync();
        var key = _test.Operator.Unsealed.Secrets.Cipher.KeyOf(path, 1);
        await _test.SealAsync();
        var record = Store.Records[key];
        for (var i = 0; i < record.Data.Length; i++)
        {
            var data = record.Data.ToArray();
            data[i] ^= 0x01;
            Store.Records[key] = record with { Data = data };
            if (i >= data.Length - 16)
            {
                await DamagedAsync();
            }
        }

        Store.Records[key] = record;
        await _test.UnsealAsync();
        for (var i = 0; i < record.Data.Length; i++)
        {
            var data = record.Data.ToArray();
            data[i] ^= 0x01;
            Store.Records[key] = record with { Data = data };
            var refusal = await Refused.WithAsync(VaultErrorCode.CredentialDamaged, () => _test.Vault.Credentials.GetAsync(_test.Operator, path));
            Assert.Equal(path.Value, refusal.Context!["path"]);
        }

        Store.Records[key] = record;
        (await _test.Vault.Credentials.GetAsync(_test.Operator, path)).Dispose();
        await _test.SealAsync();

        foreach (var length in new[] { 0, 15, 16, 60, 87, record.Data.Length - 1 })
        {
            Store.Records[key] = record with { Data = record.Data[..length] };
            await DamagedAsync();
        }
    }

    [Fact]
    public async Task Two_records_that_changed_places_are_found()
    {
        foreach (var collection in new[] { Collections.Credentials, Collections.Secrets })
        {
            var keys = Store.KeysOf(collection);
            var (one, two) = (Store.Records[keys[0]], Store.Records[keys[1]]);
            Store.Records[keys[0]] = one with { Data = two.Data, Revision = two.Revision };
            Store.Records[keys[1]] = two with { Data = one.Data, Revision = one.Revision };
            await DamagedAsync();
            (Store.Records[keys[0]], Store.Records[keys[1]]) = (one, two);
        }
    }

    [Fact]
    public async Task A_renamed_record_is_found()
    {
        foreach (var (key, record) in Store.Records.ToArray())
        {
            var elsewhere = key with { Id = key.Id ^ 1 };
            Store.Records.Remove(key);
            Store.Records[elsewhere] = record with { Key = elsewhere };
            await DamagedAsync();
            Store.Records.Remove(elsewhere);
            var otherwise = key with { Collection = (byte)(key.Collection + 6) };
            Store.Records[otherwise] = record with { Key = otherwise };
            await DamagedAsync();
            Store.Records.Remove(otherwise);
            Store.Records[key] = record;
        }
    }

    [Fact]
    public async Task A_removed_record_is_found()
    {
        foreach (var (key, record) in Store.Records.ToArray())
        {
            Store.Records.Remove(key);
            await DamagedAsync();
            Store.Records[key] = record;
        }
    }

    [Fact]
    public async Task A_record_replaced_by_its_own_past_is_found()
    {
        var replaced = 0;
        foreach (var (key, old) in _earlier.Records.Where(pair => pair.Key != Head.Key))
        {
            var now = Store.Records.TryGetValue(key, out var found) ? found : default(StoredRecord?);
            if (now is { } record && record.Data.Span.SequenceEqual(old.Data.Span))
            {
                continue;
            }

            Store.Records[key] = old;
            await DamagedAsync();
            replaced++;
            Store.Records.Remove(key);
            if (now is { } back)
            {
                Store.Records[key] = back;
            }
        }

        // The credential that has a version more, and the policy that was removed and made anew under its name.
        Assert.True(replaced >= 2);
    }

    [Fact]
    public async Task A_removed_record_that_was_brought_back_is_found()
    {
        await _test.UnsealAsync();
        var before = Store.Copy();
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, Sanctum.Credentials.CredentialPath.Parse("a/two"));
        await _test.SealAsync();
        foreach (var (key, record) in before.Records.Where(pair => !Store.Records.ContainsKey(pair.Key)).ToArray())
        {
            Store.Records[key] = record;
            await DamagedAsync();
            Store.Records.Remove(key);
        }
    }

    [Fact]
    public async Task A_store_that_returns_a_record_and_its_past_is_found()
    {
        // Policies are kept in a list: without the check the wider one of before would hold besides the narrow one of now.
        var key = Store.KeysOf(Collections.Policies).Single();
        Assert.Equal(_earlier.Records[key].Revision, Store.Records[key].Revision);
        Store.Ghosts.Add(_earlier.Records[key]);
        await DamagedAsync();
    }

    [Fact]
    public async Task A_record_of_another_vault_is_found()
    {
        await using var other = await TestVault.CreateAsync();
        await other.StoreAsync("a/one", "first");
        foreach (var (key, record) in other.Store.Records.ToArray())
        {
            var mine = Store.Records.TryGetValue(key, out var found) ? found : default(StoredRecord?);
            Store.Records[key] = record;
            await DamagedAsync();
            Store.Records.Remove(key);
            if (mine is { } back)
            {
                Store.Records[key] = back;
            }
        }

        var last = Store.Log.Keys.Max();
        Store.Log[last] = other.Store.Log.Values.Last() with { FirstSequence = last };
        await NamedAsync();
    }

    [Fact]
    public async Task A_seal_of_another_vault_opens_nothing()
    {
        await using var other = await TestVault.CreateAsync();
        Store.Seal = other.Store.Seal;
        await using var vault = await Vault.OpenAsync(Store, _test.Options);
        var before = Store.Fingerprint();
        await Refused.WithAsync(VaultErrorCode.Damaged, () => vault.UnsealAsync(TestVault.Passphrase));
        Assert.Equal(before, Store.Fingerprint());
    }

    private async Task DamagedAsync()
    {
        // Through the door the first time; then by what the door calls, which spares a key derivation for each of thousands.
        var before = Store.Fingerprint();
        await Refused.WithAsync(VaultErrorCode.Damaged, () => _keys is null ? UnsealAsync() : LoadedVault.LoadAsync(Store, _keys, TestVault.Noon, default));
        Assert.True(_test.Vault.IsSealed);
        Assert.Equal(before, Store.Fingerprint());
    }

    private async Task UnsealOnceAsync()
    {
        if (_keys is null)
        {
            await UnsealAsync();
            await _test.SealAsync();
        }
    }

    private Task<Operator> UnsealAsync()
    {
        using var root = KeyDocument.Parse(Store.Seal).TryOpen(TestVault.Passphrase);
        _keys = new VaultKeys(root!, _test.Vault.Id);
        return _test.Vault.UnsealAsync(TestVault.Passphrase);
    }
}
