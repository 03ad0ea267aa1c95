using System.Security.Cryptography;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>A folder that goes when the test ends; the vault's is inside it.</summary>
internal sealed class TestFolder : IDisposable
{
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sanctum-store-");

    public string Root => _root.FullName;

    public string Vault => Path.Join(Root, "vault");

    public string Database => this["vault.db"];

    public string Log => this["vault.db-wal"];

    public string this[string name] => Path.Join(Vault, name);

    /// <summary>A whole vault with some content, closed.</summary>
    public async Task MakeAsync(StoreTuning? tuning = null, int batches = 30)
    {
        await using var store = await MakeOpenAsync(tuning, batches);
    }

    public async Task<SqliteVaultStore> MakeOpenAsync(StoreTuning? tuning = null, int batches = 30)
    {
        var store = await SqliteVaultStore.CreateAsync(Vault, tuning ?? StoreTuning.Default);
        for (var i = 1; i <= batches; i++)
        {
            await store.CommitAsync(Batch(i));
        }

        await store.WriteKeyDocumentAsync("seal"u8.ToArray());
        return store;
    }

    /// <summary>A vault as a crash leaves it, its last commits in the log only.</summary>
    public async Task MakeCrashedAsync(StoreTuning? tuning = null)
    {
        using var original = new TestFolder();
        await using var store = await original.MakeOpenAsync(tuning);
        Directory.CreateDirectory(Vault, Private | UnixFileMode.UserExecute);
        foreach (var name in new[] { "vault.db", "vault.db-wal", "vault.sealed" })
        {
            File.Copy(original[name], this[name]);
            File.SetUnixFileMode(this[name], Private);
        }
    }

    public static StoreBatch Batch(long number) => new()
    {
        Puts = { new StoredRecord(new RecordKey(1, (UInt128)number), number, Contract.Contents.Bytes(2000, number)) },
        Segment = new StoredSegment(number, 1, Contract.Contents.Bytes(300, number)),
    };

    /// <summary>Every file of the vault with its mode and content, to tell whether something was touched.</summary>
    public string Fingerprint() => string.Join('\n', Directory.GetFiles(Vault)
        .Where(path => Path.GetFileName(path) != "vault.lock")
        .Order(StringComparer.Ordinal)
        .Select(path => $"{Path.GetFileName(path)} {File.GetUnixFileMode(path)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"));

    public async Task<StoreException> RefusedAsync(StoreTuning? tuning = null)
    {
        var before = Fingerprint();
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.OpenAsync(Vault, tuning ?? StoreTuning.Default));
        Assert.Equal(before, Fingerprint());
        Assert.DoesNotContain(Root, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SELECT", error.Message, StringComparison.OrdinalIgnoreCase);
        return error;
    }

    public void Dispose() => _root.Delete(recursive: true);
}
