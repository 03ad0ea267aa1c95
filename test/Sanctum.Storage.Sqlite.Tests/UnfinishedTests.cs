namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>The making of a vault that was interrupted: the next try clears away what is left, and nothing else is ever taken for that.</summary>
public sealed class UnfinishedTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData("vault.making")]
    [InlineData("vault.making vault.db")]
    [InlineData("vault.making vault.db vault.db-wal vault.db-shm vault.sealed.tmp")]
    [InlineData("vault.making vault.db-journal")]
    public async Task What_an_interrupted_making_left_is_cleared_away_by_the_next(string files)
    {
        Leave(files);
        await _folder.MakeAsync();
        Assert.False(File.Exists(_folder["vault.making"]));
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(30, (await Contract.Contents.LogOf(store)).Count);
    }

    [Fact]
    public async Task Until_then_it_is_no_vault_and_not_a_byte_is_changed()
    {
        Leave("vault.making vault.db vault.sealed.tmp");
        var error = await _folder.RefusedAsync();
        Assert.Equal(StoreFailure.Missing, error.Reason);
        Assert.Contains("an unfinished vault", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_making_that_is_given_up_leaves_nothing_but_the_lock()
    {
        var store = await SqliteVaultStore.CreateAsync(_folder.Vault);
        await store.CommitAsync(TestFolder.Batch(1));
        await store.DisposeAsync();
        Assert.Equal(["vault.lock"], Directory.GetFiles(_folder.Vault).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_vault_that_has_its_seal_is_a_vault_whatever_was_left_beside_it()
    {
        await _folder.MakeAsync();
        Leave("vault.making");
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault));
        Assert.Equal(StoreFailure.Exists, error.Reason);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(30, (await Contract.Contents.LogOf(store)).Count);
        Assert.False(File.Exists(_folder["vault.making"]));
    }

    [Fact]
    public async Task Somebody_who_makes_one_at_the_same_time_is_not_cleared_away()
    {
        await using var store = await SqliteVaultStore.CreateAsync(_folder.Vault);
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault));
        Assert.Equal(StoreFailure.InUse, error.Reason);
        await store.CommitAsync(TestFolder.Batch(1));
    }

    private void Leave(string files)
    {
        Directory.CreateDirectory(_folder.Vault, TestFolder.Private | UnixFileMode.UserExecute);
        foreach (var name in files.Split(' '))
        {
            File.WriteAllText(_folder[name], "begun");
            File.SetUnixFileMode(_folder[name], TestFolder.Private);
        }
    }

    public void Dispose() => _folder.Dispose();
}
