using System.Text;
using System.Text.RegularExpressions;
using Sanctum.Crypto;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

public sealed class KeyDocumentTests
{
    [Fact]
    public async Task A_vault_whose_seal_has_any_one_bit_changed_does_not_open()
    {
        await using var test = await TestVault.CreateAsync();
        await test.SealAsync();
        var seal = test.Store.Seal!;

        // All bits where that costs no key derivation, and some of every member where it does.
        for (var bit = 0; bit < seal.Length * 8; bit++)
        {
            test.Store.Seal = [.. seal];
            test.Store.Seal[bit / 8] ^= (byte)(1 << (bit % 8));
            var before = test.Store.Fingerprint();
            Vault? opened = null;
            try
            {
                opened = await Vault.OpenAsync(test.Store, test.Options);
            }
            catch (VaultException refused)
            {
                Assert.Contains(refused.Code, new[] { VaultErrorCode.Damaged, VaultErrorCode.UnsupportedVersion });
            }

            if (opened is not null && bit % (8 * 5) == 0)
            {
                await Refused.WithAsync(VaultErrorCode.AuthFailed, () => opened.UnsealAsync(TestVault.Passphrase));
            }

            Assert.Equal(before, test.Store.Fingerprint());
        }
    }

    [Fact]
    public async Task Every_byte_can_be_written_in_one_way_only()
    {
        await using var test = await TestVault.CreateAsync();
        await test.SealAsync();
        var seal = Encoding.UTF8.GetString(test.Store.Seal!);
        string[] rewritten =
        [
            seal + " ",
            seal.Replace("\n", "\r\n", StringComparison.Ordinal),
            Regex.Replace(seal, @"\s", ""),
            seal.Replace("argon2id", "\\u0061rgon2id", StringComparison.Ordinal),
            Regex.Replace(seal, "(?<=\"vault_id\": \")[^\"]+", id => id.Value.ToUpperInvariant()),
            Regex.Replace(seal, "(?<=\"wrapped_root_key\": \")[^\"]+", hex => hex.Value.ToUpperInvariant()),
            seal.Replace("\"iterations\"", "\"more\": 1, \"iterations\"", StringComparison.Ordinal),
            seal.Replace("\"iterations\": 2", "\"iterations\": 2, \"iterations\": 2", StringComparison.Ordinal),
            seal.Replace("\"version\": 1", "\"version\": 1.0", StringComparison.Ordinal),
        ];
        foreach (var text in rewritten)
        {
            await RefusedAsync(test, text, VaultErrorCode.Damaged);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"sanctum-vault\"")]
    [InlineData("{\"format\":null,\"version\":1}")]
    [InlineData("{\"format\":\"sanctum-vault\",\"version\":1,\"kdf\":null}")]
    [InlineData("{\"format\":\"\\ud800\",\"version\":1}")]
    [InlineData("\u0000")]
    [InlineData("SQLite format 3")]
    [InlineData("{\"format\":\"sanctum-vault\",\"version\":99999999999999}")]
    [InlineData("{\"format\":\"sanctum-vault\",\"version\":-1}")]
    [InlineData("{\"format\":\"another-vault\",\"version\":2}")]
    public async Task Junk_is_not_a_seal(string junk)
    {
        await using var test = await TestVault.CreateAsync();
        await RefusedAsync(test, junk, VaultErrorCode.Damaged);
        await RefusedAsync(test, junk + new string(' ', 5000), VaultErrorCode.Damaged);
    }

    [Fact]
    public async Task A_later_version_is_refused_whatever_it_looks_like()
    {
        await using var test = await TestVault.CreateAsync();
        var refusal = await RefusedAsync(
            test, "{\"format\":\"sanctum-vault\",\"version\":3,\"kdf\":\"scrypt\",\"new\":[]}", VaultErrorCode.UnsupportedVersion);
        Assert.Contains("version 3", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory_kib", 19 * 1024, 1)]
    [InlineData("memory_kib", 19 * 1024, 8)]
    [InlineData("memory_kib", 19 * 1024, 19455)]
    [InlineData("memory_kib", 19 * 1024, 1048577)]
    [InlineData("memory_kib", 19 * 1024, int.MaxValue)]
    [InlineData("memory_kib", 19 * 1024, -1)]
    [InlineData("iterations", 2, 1)]
    [InlineData("iterations", 2, 0)]
    [InlineData("iterations", 2, 17)]
    [InlineData("iterations", 2, int.MaxValue)]
    public async Task A_cost_out_of_bounds_is_refused_before_anything_is_derived(string member, int was, int becomes)
    {
        await using var test = await TestVault.CreateAsync();
        var seal = Encoding.UTF8.GetString(test.Store.Seal!);
        var changed = seal.Replace($"\"{member}\": {was}", $"\"{member}\": {becomes}", StringComparison.Ordinal);
        Assert.NotEqual(seal, changed);

        // Opening derives nothing yet: that it is refused there is what keeps gigabytes from being asked for.
        await RefusedAsync(test, changed, VaultErrorCode.Damaged);
    }

    [Fact]
    public async Task A_cost_out_of_bounds_makes_no_vault()
    {
        foreach (var cost in new KdfParameters[] { new(1024, 3), new(65536, 1), new(2 * 1024 * 1024, 3), new(65536, 17) })
        {
            var store = new OpenStore();
            await Refused.WithAsync(
                VaultErrorCode.InvalidParams, () => Vault.CreateAsync(store, TestVault.Passphrase, new VaultOptions { Kdf = cost }));
            Assert.Equal(new OpenStore().Fingerprint(), store.Fingerprint());
        }
    }

    private static async Task<VaultException> RefusedAsync(TestVault test, string seal, VaultErrorCode code)
    {
        test.Store.Seal = Encoding.UTF8.GetBytes(seal);
        var before = test.Store.Fingerprint();
        var refusal = await Refused.WithAsync(code, () => Vault.OpenAsync(test.Store, test.Options));
        Assert.Equal(before, test.Store.Fingerprint());
        return refusal;
    }
}
