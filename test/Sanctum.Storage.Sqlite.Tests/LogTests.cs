using Sanctum.Storage.Contract;
using Sanctum.Storage.Sqlite.Database;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>The write-ahead log: what a crash may leave of it, what damage looks like, and how long it grows.</summary>
public sealed class LogTests : IDisposable
{
    private const int Header = 32, Frame = 24 + 4096;

    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_crashed_vault_has_its_commits_in_the_log_and_opens_with_all_of_them()
    {
        await _folder.MakeCrashedAsync();
        Assert.True(new FileInfo(_folder.Log).Length > 30 * Frame);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(30, (await Contents.LogOf(store)).Count);
    }

    [Fact]
    public async Task A_log_that_was_damaged_in_the_middle_is_refused_instead_of_losing_what_follows()
    {
        await _folder.MakeCrashedAsync();
        OpeningTests.Overwrite(_folder.Log, Header + (Frame * 20) + 500, 1);
        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    public async Task A_log_whose_header_was_damaged_is_refused_instead_of_being_emptied(int offset)
    {
        await _folder.MakeCrashedAsync();
        OpeningTests.Overwrite(_folder.Log, offset, 1);
        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(Frame)]
    public async Task A_log_that_was_cut_in_its_last_commit_opens_with_the_others(int cut)
    {
        await _folder.MakeCrashedAsync();
        using (var log = File.OpenWrite(_folder.Log))
        {
            log.SetLength(log.Length - cut);
        }

        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(29, (await Contents.LogOf(store)).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(5000)]
    public async Task A_new_log_whose_bytes_never_reached_the_disk_is_empty(int length)
    {
        await _folder.MakeAsync();
        await File.WriteAllBytesAsync(_folder.Log, new byte[length]);
        File.SetUnixFileMode(_folder.Log, TestFolder.Private);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(30, (await Contents.LogOf(store)).Count);
    }

    [Fact]
    public async Task A_crashed_vault_of_a_later_version_keeps_its_log()
    {
        var later = new StoreTuning { Migrations = [.. Migration.All, new(99, "CREATE TABLE added (a INTEGER) STRICT;")] };
        await _folder.MakeCrashedAsync(later);
        Assert.Equal(StoreFailure.NewerVersion, (await _folder.RefusedAsync()).Reason);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault, later);
        Assert.Equal(30, (await Contents.LogOf(store)).Count);
    }

    [Fact]
    public async Task A_snapshot_that_is_held_too_long_is_given_up_so_that_the_log_stays_bounded()
    {
        var tuning = new StoreTuning { LogSoftLimit = 1 << 20, LogHardLimit = 4 << 20 };
        await using var store = await _folder.MakeOpenAsync(tuning);
        await using var snapshot = await store.SnapshotAsync();
        await using var rows = snapshot.ReadRecordsAsync().GetAsyncEnumerator();
        Assert.True(await rows.MoveNextAsync());
        long longest = 0;
        for (var i = 100; i < 1000; i++)
        {
            await store.CommitAsync(TestFolder.Batch(i));
            longest = Math.Max(longest, new FileInfo(_folder.Log).Length);
        }

        Assert.InRange(longest, tuning.LogHardLimit, tuning.LogHardLimit + (2 << 20));
        Assert.InRange(new FileInfo(_folder.Log).Length, 0, tuning.LogHardLimit);
        Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<StoreException>(async () => await rows.MoveNextAsync())).Reason);
        Assert.Equal(930, (await Contents.LogOf(store)).Count);
    }

    public void Dispose() => _folder.Dispose();
}
