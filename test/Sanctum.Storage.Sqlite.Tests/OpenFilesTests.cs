using Microsoft.Data.Sqlite;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>Somebody removes or replaces the vault's files while it is open: nothing is acknowledged that can't be found again.</summary>
public sealed class OpenFilesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData("vault.db")]
    [InlineData("vault.db-wal")]
    [InlineData("vault.lock")]
    [InlineData("vault.sealed")]
    public async Task A_file_that_was_removed_is_named_and_nothing_is_acknowledged(string name)
    {
        await using var store = await OpenAsync();
        File.Delete(_folder[name]);
        await RefusedAsync(store, name);
        await RefusedAsync(store, name);
    }

    [Theory]
    [InlineData("vault.db")]
    [InlineData("vault.db-wal")]
    public async Task A_file_that_was_replaced_by_its_own_copy_is_named_and_nothing_is_acknowledged(string name)
    {
        await using var store = await OpenAsync();
        var content = new byte[100_000];
        using (var file = new FileStream(_folder[name], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            Array.Resize(ref content, file.Read(content));
        }

        await File.WriteAllBytesAsync(_folder["copy"], content);
        File.Move(_folder["copy"], _folder[name], overwrite: true);
        await RefusedAsync(store, name);
        Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<StoreException>(() => store.SnapshotAsync())).Reason);
        Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<StoreException>(async () => await store.ReadAsync(new RecordKey(1, 1)))).Reason);
    }

    // The same file all the time: cut, or an older copy of it written over it.
    [Theory]
    [InlineData("vault.db-wal", true)]
    [InlineData("vault.db", true)]
    [InlineData("vault.db", false)]
    public async Task A_file_that_another_program_cut_or_wrote_to_is_named_and_nothing_is_acknowledged(string name, bool cut)
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(TestFolder.Batch(100));
        using (var file = new FileStream(_folder[name], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            if (cut)
            {
                file.SetLength(0);
            }
            else
            {
                var content = new byte[file.Length];
                file.ReadExactly(content);
                file.Position = 0;
                file.Write(content);

                // Whoever writes within a tick of the clock after us leaves the time as it was.
                File.SetLastWriteTimeUtc(file.SafeFileHandle, DateTime.UnixEpoch);
            }
        }

        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(TestFolder.Batch(101)));
            Assert.Equal(StoreFailure.Unavailable, error.Reason);
            Assert.Contains("changed " + name + " while", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_another_program_adds_with_SQLite_stops_nothing()
    {
        await using var store = await OpenAsync();
        using (var other = new SqliteConnection($"Data Source={_folder["vault.db"]};Pooling=False"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "UPDATE records SET revision = revision + 1";
            command.ExecuteNonQuery();
        }

        await store.CommitAsync(TestFolder.Batch(100));
    }

    [Fact]
    public async Task A_file_that_was_linked_to_or_whose_mode_was_changed_is_as_it_was_left()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(TestFolder.Batch(100));
        File.SetUnixFileMode(_folder["vault.db"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetLastAccessTimeUtc(_folder["vault.db-wal"], DateTime.UnixEpoch);
        await store.CommitAsync(TestFolder.Batch(101));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_seal_that_says_something_else_is_named_whether_it_was_replaced_or_written_over(bool replaced)
    {
        await using var store = await OpenAsync();
        await File.WriteAllTextAsync(_folder[replaced ? "other" : "vault.sealed"], "laes");
        if (replaced)
        {
            File.Move(_folder["other"], _folder["vault.sealed"], overwrite: true);
        }

        await RefusedAsync(store, "vault.sealed");
    }

    [Fact]
    public async Task A_seal_that_is_a_link_now_is_named()
    {
        await using var store = await OpenAsync();
        File.Move(_folder["vault.sealed"], _folder["elsewhere"]);
        File.CreateSymbolicLink(_folder["vault.sealed"], _folder["elsewhere"]);
        await RefusedAsync(store, "vault.sealed");
    }

    [Fact]
    public async Task A_seal_that_was_touched_and_says_the_same_is_the_seal()
    {
        await using var store = await OpenAsync();
        File.SetUnixFileMode(_folder["vault.sealed"], UnixFileMode.UserRead);
        await store.CommitAsync(TestFolder.Batch(100));
        File.Copy(_folder["vault.sealed"], _folder["copy"]);
        File.Move(_folder["copy"], _folder["vault.sealed"], overwrite: true);
        await store.CommitAsync(TestFolder.Batch(101));
        await store.WriteKeyDocumentAsync("another seal"u8.ToArray());
        await store.CommitAsync(TestFolder.Batch(102));
    }

    [Fact]
    public async Task A_folder_that_was_moved_away_takes_nothing_until_it_is_back()
    {
        await using var store = await OpenAsync();
        Directory.Move(_folder.Vault, _folder.Vault + ".away");
        await RefusedAsync(store, "vault.db");
        Directory.Move(_folder.Vault + ".away", _folder.Vault);
        await store.CommitAsync(TestFolder.Batch(100));
        Assert.Equal(31, (await Contract.Contents.LogOf(store)).Count);
    }

    [Fact]
    public async Task A_folder_that_was_removed_takes_nothing()
    {
        var store = await OpenAsync();
        Directory.Delete(_folder.Vault, recursive: true);
        await RefusedAsync(store, "vault.db");
        await store.DisposeAsync();
        Directory.CreateDirectory(_folder.Vault);
    }

    private async Task<SqliteVaultStore> OpenAsync()
    {
        await _folder.MakeAsync();
        var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.NotNull(await store.ReadKeyDocumentAsync());
        return store;
    }

    private static async Task RefusedAsync(SqliteVaultStore store, string name)
    {
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(TestFolder.Batch(100)));
        Assert.Equal(StoreFailure.Unavailable, error.Reason);
        Assert.Contains(name + " was removed", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
