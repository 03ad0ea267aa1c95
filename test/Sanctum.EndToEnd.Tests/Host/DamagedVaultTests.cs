using System.Text.RegularExpressions;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>A vault that is damaged, half-made, of another version or under another passphrase is refused with a message, and left as it is.</summary>
public sealed class DamagedVaultTests
{
    public enum Damage
    {
        DatabaseTruncated,
        DatabaseOverwritten,
        DatabaseEmpty,
        DatabaseMissing,
        DatabaseNewer,
        DatabaseForeign,
        SealTruncated,
        SealNotOne,
        SealMissing,
        SealEmpty,
        SealNewer,
        SealTooDear,
        SealOfAnotherVault,
        WrongPassphrase,
        RecordsChanged,
    }

    [Theory]
    [InlineData(Damage.DatabaseTruncated, "damaged")]
    [InlineData(Damage.DatabaseOverwritten, "damaged")]
    [InlineData(Damage.DatabaseEmpty, "damaged")]
    [InlineData(Damage.DatabaseMissing, "vault.db is missing")]
    [InlineData(Damage.DatabaseNewer, "version 99")]
    [InlineData(Damage.DatabaseForeign, "it is not a vault database")]
    [InlineData(Damage.SealTruncated, "damaged")]
    [InlineData(Damage.SealNotOne, "damaged")]
    [InlineData(Damage.SealMissing, "vault")]
    [InlineData(Damage.SealEmpty, "missing")]
    [InlineData(Damage.SealNewer, "version 99")]
    [InlineData(Damage.SealTooDear, "damaged")]
    [InlineData(Damage.SealOfAnotherVault, "")]
    [InlineData(Damage.WrongPassphrase, "passphrase")]
    [InlineData(Damage.RecordsChanged, "damaged")]
    public async Task It_is_refused_and_not_a_byte_of_it_is_changed(Damage damage, string says)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await home.StoreAsync("a/b", "a value");
        await InflictAsync(home, damage);
        var before = HostTools.Fingerprint(home.Vault);
        foreach (var command in new string[][] { ["list"], ["daemon", "start", "--foreground"] })
        {
            var refused = await home.RunAsync(command);
            Assert.True(refused.ExitCode == 1, $"exit code {refused.ExitCode}: {refused.Errors}");
            Assert.Contains(refused.Errors.Split('\n'), it => it.StartsWith("sanctum: ", StringComparison.Ordinal));
            Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("internal error", refused.Errors, StringComparison.Ordinal);
            Assert.Equal(before, HostTools.Fingerprint(home.Vault));
        }
    }

    private static async Task InflictAsync(SanctumHome home, Damage damage)
    {
        var (database, seal) = (Path.Join(home.Vault, "vault.db"), Path.Join(home.Vault, "vault.sealed"));
        switch (damage)
        {
            case Damage.DatabaseTruncated:
                Resize(database, new FileInfo(database).Length / 2);
                break;
            case Damage.DatabaseOverwritten:
                Change(database, bytes => bytes.AsSpan(bytes.Length / 2).Fill(0xA5));
                break;
            case Damage.DatabaseEmpty:
                Resize(database, 0);
                break;
            case Damage.DatabaseMissing:
                File.Delete(database);
                break;
            case Damage.DatabaseNewer:
                Change(database, bytes => bytes[63] = 99); // The header's user_version, big-endian at 60.
                break;
            case Damage.DatabaseForeign:
                Change(database, bytes => bytes[71] ^= 1); // The header's application_id, at 68.
                break;
            case Damage.SealTruncated:
                Resize(seal, new FileInfo(seal).Length - 10);
                break;
            case Damage.SealNotOne:
                Change(seal, bytes => bytes.AsSpan().Fill((byte)'x'));
                break;
            case Damage.SealMissing:
                File.Delete(seal);
                break;
            case Damage.SealEmpty:
                Resize(seal, 0);
                break;
            case Damage.SealNewer:
                await RewriteAsync(seal, "\"version\": 1", "\"version\": 99");
                break;
            case Damage.SealTooDear:
                await RewriteAsync(seal, "\"memory_kib\": \\d+", "\"memory_kib\": 2000000000"); // As much as an attacker would have it take.
                break;
            case Damage.SealOfAnotherVault:
                await using (var other = new SanctumHome())
                {
                    (await other.RunAsync("init")).Done();
                    await File.WriteAllBytesAsync(seal, await File.ReadAllBytesAsync(Path.Join(other.Vault, "vault.sealed")));
                }

                break;
            case Damage.WrongPassphrase:
                await File.WriteAllTextAsync(home.PassphraseFile, "not the passphrase");
                break;
            case Damage.RecordsChanged:
                // Valid pages with a changed record in them: only the vault's own authentication can tell.
                Change(database, bytes => FlipInEveryLongRun(bytes));
                break;
        }
    }

    private static void Resize(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }

    private static void Change(string path, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static async Task RewriteAsync(string path, string pattern, string replacement)
    {
        var text = await File.ReadAllTextAsync(path);
        var changed = Regex.Replace(text, pattern, replacement);
        Assert.NotEqual(text, changed);
        await File.WriteAllTextAsync(path, changed);
    }

    // A leaf page's cells lie at its end, the first one last: its final byte is that of a sealed record.
    private static void FlipInEveryLongRun(byte[] bytes)
    {
        const int page = 4096;
        for (var end = 2 * page; end <= bytes.Length; end += page)
        {
            if (bytes[end - page] is 13 or 10)
            {
                bytes[end - 1] ^= 1;
            }
        }
    }
}
