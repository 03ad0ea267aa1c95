namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>One process per vault.</summary>
public sealed class LockTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_second_opener_is_told_who_has_the_vault_and_the_first_goes_on()
    {
        await using var store = await _folder.MakeOpenAsync();
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.OpenAsync(_folder.Vault));
        Assert.Equal(StoreFailure.InUse, error.Reason);
        Assert.Contains($"process {Environment.ProcessId} ", error.Message, StringComparison.Ordinal);
        await store.CommitAsync(TestFolder.Batch(100));
        Assert.NotNull(await store.ReadAsync(new RecordKey(1, 100)));
    }

    [Fact]
    public async Task A_vault_that_another_process_has_open_is_in_use_until_that_process_is_killed()
    {
        await _folder.MakeAsync();
        await using (var other = await CrashWriter.StartAsync(_folder, "commits"))
        {
            var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.OpenAsync(_folder.Vault));
            Assert.Equal(StoreFailure.InUse, error.Reason);
            Assert.Contains($"process {other.Id} ", error.Message, StringComparison.Ordinal);
        }

        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
    }

    [Fact]
    public async Task A_disposed_store_lets_go_of_the_folder_and_leaves_two_files_of_content()
    {
        var store = await _folder.MakeOpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();
        Assert.Equal(["vault.db", "vault.lock", "vault.sealed"], Directory.GetFiles(_folder.Vault).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, new FileInfo(_folder["vault.lock"]).Length);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.CommitAsync(TestFolder.Batch(1)));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.ReadAsync(default));
        await using var again = await SqliteVaultStore.OpenAsync(_folder.Vault);
    }

    [Fact]
    public async Task A_snapshot_that_outlives_its_store_does_not_hold_the_files()
    {
        var store = await _folder.MakeOpenAsync();
        await using var snapshot = await store.SnapshotAsync();
        var rows = snapshot.ReadRecordsAsync().GetAsyncEnumerator();
        Assert.True(await rows.MoveNextAsync());
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await rows.MoveNextAsync());
        Assert.False(File.Exists(_folder.Log));
    }

    public void Dispose() => _folder.Dispose();
}
