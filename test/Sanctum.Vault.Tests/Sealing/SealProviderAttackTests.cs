using System.Security.Cryptography;
using System.Text;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

/// <summary>Whoever can write the vault's files, or is the provider.</summary>
public sealed class SealProviderAttackTests : IAsyncLifetime
{
    private readonly KeptKeys _kept = new();
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await NewAsync();
        await AddAsync("first");
        await AddAsync("second");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData("another key")]
    [InlineData("a short key")]
    [InlineData("no key")]
    [InlineData("an unexpected failure")]
    public async Task A_provider_that_does_not_give_out_its_key_opens_nothing_and_the_next_is_tried(string gives)
    {
        var first = _kept.Keys[(_test.Vault.Id, "first")];
        _kept.Giving = (key, _) => Task.FromResult(!key.SequenceEqual(first) ? key : gives switch
        {
            "another key" => new byte[32],
            "a short key" => key[..31],
            "no key" => [],
            _ => throw new InvalidOperationException("CANARY"),
        });
        await using var fresh = await ReopenAsync();
        var unsealing = await fresh.UnsealByProvidersAsync();
        Assert.Equal("second", unsealing.OpenedBy);
        var failed = Assert.Single(unsealing.Failed);
        Assert.Equal("first", failed.Name);
        Assert.DoesNotContain("CANARY", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_hangs_is_left_behind_after_its_time()
    {
        var first = _kept.Keys[(_test.Vault.Id, "first")];
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<byte[]>();
        _kept.Giving = (key, _) =>
        {
            if (!key.SequenceEqual(first))
            {
                return Task.FromResult(key);
            }

            asked.SetResult();
            return never.Task; // Whatever its token says.
        };
        await using var fresh = await ReopenAsync();
        var unsealing = fresh.UnsealByProvidersAsync();
        await asked.Task.InTime();
        Assert.False(unsealing.IsCompleted);
        _test.Time.Advance(TimeSpan.FromSeconds(5));
        var done = await unsealing.InTime();
        Assert.Equal("second", done.OpenedBy);
        Assert.Contains("within 5 seconds", Assert.Single(done.Failed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_hangs_holds_up_neither_changes_nor_sealing()
    {
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<byte[]>();
        _kept.Giving = (_, _) =>
        {
            asked.TrySetResult();
            return never.Task;
        };
        var test = _test.Vault.TestSealProviderAsync(_test.Operator, "first");
        await asked.Task.InTime();
        await _test.RegisterAsync("bot").InTime();
        await _test.SealAsync().InTime();
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => test.InTime());
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("all removed")]
    [InlineData("in another order")]
    [InlineData("settings changed")]
    [InlineData("data changed")]
    [InlineData("renamed")]
    [InlineData("wrappings swapped")]
    [InlineData("added")]
    [InlineData("MAC of zeroes")]
    public async Task Providers_of_a_document_that_somebody_else_changed_open_nothing_and_the_passphrase_ignores_them(string how)
    {
        var document = KeyDocument.Parse(_test.Store.Seal);
        var (first, second) = (document.Providers![0], document.Providers[1]);

        // A wrapping that is right in itself, under a key that the attacker knows, of a root key that they chose.
        _kept.Keys[(_test.Vault.Id, "evil")] = new byte[32];
        using var evilKey = new SecretBytes(new byte[32]);
        using var evilRoot = new SecretBytes(RandomNumberGenerator.GetBytes(32));
        var evil = SealEntry.Make(new SealPlace(_test.Vault.Id, "evil", ""), "kept", "", evilKey, evilRoot);
        SealEntry[] changed = how switch
        {
            "removed" => [second],
            "all removed" => [],
            "in another order" => [second, first],
            "settings changed" => [first with { Settings = "/tmp/evil" }, second],
            "data changed" => [first with { Data = "x" }, second],
            "renamed" => [first with { Name = "third" }, second],
            "wrappings swapped" => [first with { WrappedRootKey = second.WrappedRootKey }, second with { WrappedRootKey = first.WrappedRootKey }],
            "added" => [evil, first, second],
            _ => [first, second],
        };
        await _test.SealAsync();
        _test.Store.Seal = (document with { Providers = changed, Mac = how == "MAC of zeroes" ? new string('0', 64) : document.Mac }).ToUtf8();
        var before = _test.Store.Fingerprint();
        await using (var fresh = await Vault.OpenAsync(_test.Store, _test.Options))
        {
            Assert.Null((await fresh.UnsealByProvidersAsync()).OpenedBy);
            Assert.True(fresh.IsSealed);
            Assert.Equal(before, _test.Store.Fingerprint());
            await RequireIgnoredAsync(fresh);
        }

        // What the passphrase's owner then writes has none of it.
        await using var last = await Vault.OpenAsync(_test.Store, _test.Options);
        Assert.Null((await last.UnsealByProvidersAsync()).OpenedBy);
        Assert.Empty((await last.UnsealAsync(TestVault.Passphrase)).Damage);
        Assert.Empty(last.SealProviders);
    }

    [Fact]
    public async Task A_document_with_a_provider_twice_is_refused()
    {
        var document = KeyDocument.Parse(_test.Store.Seal);
        _test.Store.Seal = (document with { Providers = [document.Providers![0], document.Providers[0]] }).ToUtf8();
        await Refused.WithAsync(VaultErrorCode.Damaged, () => Vault.OpenAsync(_test.Store, _test.Options));
    }

    [Fact]
    public async Task A_wrapping_of_another_vault_opens_nothing_here()
    {
        await using var other = await NewAsync();
        await other.Vault.AddSealProviderAsync(other.Operator, TestVault.Passphrase, new SealProviderInfo("first", "kept", ""));
        _kept.Keys[(_test.Vault.Id, "first")] = _kept.Keys[(other.Vault.Id, "first")]; // The same key for both.
        await _test.SealAsync();
        var document = KeyDocument.Parse(_test.Store.Seal);
        _test.Store.Seal = (document with { Providers = KeyDocument.Parse(other.Store.Seal).Providers }).ToUtf8();
        await using (var fresh = await Vault.OpenAsync(_test.Store, _test.Options))
        {
            Assert.Contains("another key", Assert.Single((await fresh.UnsealByProvidersAsync()).Failed).Reason, StringComparison.Ordinal);
        }

        // The whole document of another vault: its own key opens it, and then nothing of this vault.
        _test.Store.Seal = other.Store.Seal;
        await using var foreign = await Vault.OpenAsync(_test.Store, _test.Options);
        Assert.Null((await foreign.UnsealByProvidersAsync()).OpenedBy);
        Assert.True(foreign.IsSealed);
    }

    [Fact]
    public async Task A_provider_that_was_removed_opens_nothing_when_the_earlier_document_is_put_back()
    {
        var earlier = _test.Store.Seal;
        var key = _kept.Keys[(_test.Vault.Id, "first")];
        await _test.Vault.RemoveSealProviderAsync(_test.Operator, "first");
        _kept.Keys[(_test.Vault.Id, "first")] = key; // Somebody else had a copy.
        await _test.SealAsync();
        _test.Store.Seal = earlier;
        await using (var fresh = await Vault.OpenAsync(_test.Store, _test.Options))
        {
            var unsealing = await fresh.UnsealByProvidersAsync();
            Assert.Null(unsealing.OpenedBy);
            Assert.Contains("an earlier one was put back", Assert.Single(unsealing.Failed).Reason, StringComparison.Ordinal);
            await RequireIgnoredAsync(fresh);
        }

        await using var last = await Vault.OpenAsync(_test.Store, _test.Options);
        Assert.Null((await last.UnsealByProvidersAsync()).OpenedBy);
    }

    [Fact]
    public async Task A_document_from_before_the_first_provider_is_noticed_too()
    {
        await using var test = await NewAsync();
        var earlier = test.Store.Seal;
        await test.Vault.AddSealProviderAsync(test.Operator, TestVault.Passphrase, new SealProviderInfo("first", "kept", ""));
        await test.SealAsync();
        test.Store.Seal = earlier;
        await using var fresh = await Vault.OpenAsync(test.Store, test.Options);
        Assert.Contains("an earlier one was put back", Assert.Single((await fresh.UnsealAsync(TestVault.Passphrase)).Damage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_bit_of_the_document_can_be_changed_for_a_provider_to_open_it()
    {
        await _test.SealAsync();
        var seal = _test.Store.Seal!;
        for (var bit = 0; bit < seal.Length * 8; bit += 3)
        {
            _test.Store.Seal = [.. seal];
            _test.Store.Seal[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                await using var opened = await Vault.OpenAsync(_test.Store, _test.Options);
                Assert.True((await opened.UnsealByProvidersAsync()).OpenedBy is null, $"bit {bit} makes no difference");
            }
            catch (VaultException refused)
            {
                Assert.Contains(refused.Code, new[] { VaultErrorCode.Damaged, VaultErrorCode.UnsupportedVersion });
            }
        }
    }

    [Fact]
    public async Task A_backup_whose_document_was_changed_or_is_an_earlier_one_is_not_restored_unnoticed()
    {
        var earlier = _test.Store.Seal!;
        await AddAsync("third");
        using var backup = new MemoryStream();
        await _test.Vault.BackupAsync(_test.Operator, backup);
        await using var store = new OpenStore();
        var swapped = Swap(backup.ToArray(), earlier);
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => Vault.RestoreAsync(new MemoryStream(swapped), store, TestVault.Passphrase));
        Assert.Contains("key document", refusal.Message, StringComparison.Ordinal);
        Assert.Null(store.Seal);
    }

    // The same backup around another document, with the checksum that belongs to it.
    private static byte[] Swap(byte[] backup, byte[] document)
    {
        var magic = "SANCTUM-BACKUP-1\n"u8.Length;
        var old = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(backup.AsSpan(magic));
        var length = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, document.Length);
        byte[] content = [.. backup[..magic], .. length, .. document, .. backup[(magic + 4 + old)..^32]];
        return [.. content, .. SHA256.HashData(content)];
    }

    private static async Task RequireIgnoredAsync(Vault vault)
    {
        var by = await vault.UnsealAsync(TestVault.Passphrase);
        Assert.Contains("its seal providers are ignored", Assert.Single(by.Damage), StringComparison.Ordinal);
        Assert.Empty(vault.SealProviders);
        await vault.ChangePassphraseAsync(by, TestVault.Passphrase, TestVault.Passphrase);
        Assert.Empty(vault.SealProviders);
    }

    private async Task<TestVault> NewAsync() =>
        await TestVault.CreateAsync(options => options with { SealProviders = [_kept], SealProviderTimeout = TimeSpan.FromSeconds(5) });

    private Task AddAsync(string name) => _test.Vault.AddSealProviderAsync(_test.Operator, TestVault.Passphrase, new SealProviderInfo(name, "kept", ""));

    private async Task<Vault> ReopenAsync()
    {
        await _test.SealAsync();
        return await Vault.OpenAsync(_test.Store, _test.Options);
    }
}
