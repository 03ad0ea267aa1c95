using Microsoft.Data.Sqlite;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>What is refused when a vault is opened or made, and stays as it was.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Where_there_is_no_folder_a_vault_is_missing_and_no_folder_is_made()
    {
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.OpenAsync(_folder.Vault));
        Assert.Equal(StoreFailure.Missing, error.Reason);
        Assert.False(Directory.Exists(_folder.Vault));
    }

    [Fact]
    public async Task In_an_empty_folder_a_vault_is_missing_and_no_file_is_made()
    {
        Directory.CreateDirectory(_folder.Vault, TestFolder.Private | UnixFileMode.UserExecute);
        Assert.Equal(StoreFailure.Missing, (await _folder.RefusedAsync()).Reason);
        Assert.Empty(Directory.GetFiles(_folder.Vault));
    }

    [Theory]
    [InlineData("vault.sealed")]
    [InlineData("vault.db")]
    public async Task A_half_written_vault_is_called_that_with_what_it_lacks(string lacking)
    {
        await _folder.MakeAsync();
        File.Delete(_folder[lacking]);
        var error = await _folder.RefusedAsync();
        Assert.Equal(StoreFailure.Damaged, error.Reason);
        Assert.Contains("incomplete", error.Message, StringComparison.Ordinal);
        Assert.Contains(lacking, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault.sealed")]
    [InlineData("vault.db")]
    [InlineData("vault.db-wal")]
    public async Task A_vault_is_not_made_over_anything_of_one_and_what_is_in_the_way_is_named(string remaining)
    {
        Directory.CreateDirectory(_folder.Vault, TestFolder.Private | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(_folder[remaining], "precious");
        File.SetUnixFileMode(_folder[remaining], TestFolder.Private);
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault));
        Assert.Equal(StoreFailure.Exists, error.Reason);
        Assert.Contains(remaining, error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(_folder[remaining]));
    }

    [Fact]
    public async Task A_vault_is_made_in_a_private_folder_that_holds_other_things()
    {
        Directory.CreateDirectory(_folder["keys"], TestFolder.Private | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_folder.Vault, TestFolder.Private | UnixFileMode.UserExecute);
        await _folder.MakeAsync();
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault + "/");
    }

    [Fact]
    public async Task Making_a_vault_that_fails_leaves_no_database()
    {
        var tuning = new StoreTuning { MaxPages = 1 };
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault, tuning));
        Assert.Equal(StoreFailure.Full, error.Reason);
        await _folder.MakeAsync();
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_refused()
    {
        await _folder.MakeAsync();
        Run("PRAGMA user_version = 99");
        var error = await _folder.RefusedAsync();
        Assert.Equal(StoreFailure.NewerVersion, error.Reason);
        Assert.Contains("99", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRAGMA application_id = 7")]
    [InlineData("PRAGMA user_version = 0")]
    [InlineData("DROP TABLE log")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM records; END")]
    [InlineData("CREATE VIEW v AS SELECT 1")]
    public async Task A_database_that_is_not_as_its_version_makes_it_is_refused(string change)
    {
        await _folder.MakeAsync();
        Run(change);
        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData(0, "a header that is not SQLite's")]
    [InlineData(100, "a root page that is not one")]
    [InlineData(4096 * 3, "a page that does not belong")]
    public async Task A_damaged_page_is_found(int offset, string damage)
    {
        Assert.NotEmpty(damage);
        await _folder.MakeAsync();
        Overwrite(_folder.Database, offset, 90);
        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(4096)]
    [InlineData(4096 * 8)]
    [InlineData(4096 * 8 + 1000)]
    public async Task A_truncated_database_is_found(int length)
    {
        await _folder.MakeAsync();
        Assert.True(new FileInfo(_folder.Database).Length > length);
        using (var file = File.OpenWrite(_folder.Database))
        {
            file.SetLength(length);
        }

        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Fact]
    public async Task A_journal_that_is_not_ours_is_not_rolled_back_into_the_database()
    {
        await _folder.MakeAsync();
        await File.WriteAllBytesAsync(_folder["vault.db-journal"], new byte[1000]);
        File.SetUnixFileMode(_folder["vault.db-journal"], TestFolder.Private);
        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    public async Task A_seal_of_no_sensible_length_is_damage(int length)
    {
        await _folder.MakeAsync();
        await File.WriteAllBytesAsync(_folder["vault.sealed"], new byte[length]);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadKeyDocumentAsync());
        Assert.Equal(StoreFailure.Damaged, error.Reason);
    }

    [Fact]
    public async Task What_an_interrupted_seal_replacement_left_is_cleared_away_and_the_seal_is_the_old_one()
    {
        await _folder.MakeAsync();
        await File.WriteAllTextAsync(_folder["vault.sealed.tmp"], "new seal, under a new passphrase");
        File.SetUnixFileMode(_folder["vault.sealed.tmp"], TestFolder.Private);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.False(File.Exists(_folder["vault.sealed.tmp"]));
        Contract.Contents.Same("seal", await store.ReadKeyDocumentAsync());
    }

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    internal static void Overwrite(string path, long offset, int length)
    {
        using var file = File.OpenWrite(path);
        file.Position = offset;
        file.Write(Enumerable.Repeat((byte)0xEE, length).ToArray());
    }

    public void Dispose() => _folder.Dispose();
}
