using System.Diagnostics;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>Who else could read or change the files.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task The_folder_is_born_0700_and_every_file_0600()
    {
        await using var store = await _folder.MakeOpenAsync();
        await using var snapshot = await store.SnapshotAsync();
        Assert.Equal(TestFolder.Private | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Vault));
        var files = Directory.GetFiles(_folder.Vault).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(["vault.db", "vault.db-shm", "vault.db-wal", "vault.lock", "vault.sealed"], files);
        Assert.All(Directory.GetFiles(_folder.Vault), path => Assert.Equal(TestFolder.Private, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task A_folder_that_others_can_enter_is_refused_for_a_new_vault()
    {
        Directory.CreateDirectory(_folder.Vault, TestFolder.Private | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault));
        Assert.Equal(StoreFailure.Unsafe, error.Reason);
        Assert.Contains("0710", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Vault));
    }

    [Theory]
    [InlineData("", UnixFileMode.OtherRead)]
    [InlineData("", UnixFileMode.GroupWrite)]
    [InlineData("vault.db", UnixFileMode.GroupRead)]
    [InlineData("vault.db", UnixFileMode.OtherWrite)]
    [InlineData("vault.sealed", UnixFileMode.OtherRead)]
    [InlineData("vault.lock", UnixFileMode.OtherRead)]
    public async Task What_is_open_to_others_is_refused(string name, UnixFileMode opened)
    {
        await _folder.MakeAsync();
        var path = name.Length == 0 ? _folder.Vault : _folder[name];
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | opened);
        var error = await _folder.RefusedAsync();
        Assert.Equal(StoreFailure.Unsafe, error.Reason);
        Assert.Contains("chmod", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vault.db")]
    [InlineData("vault.sealed")]
    [InlineData("vault.lock")]
    public async Task A_file_behind_a_symbolic_link_is_refused(string name)
    {
        await _folder.MakeAsync();
        File.Move(_folder[name], Path.Join(_folder.Root, "elsewhere"));
        File.CreateSymbolicLink(_folder[name], Path.Join(_folder.Root, "elsewhere"));
        Assert.Equal(StoreFailure.Unsafe, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData("vault.db-wal")]
    [InlineData("vault.sealed.tmp")]
    [InlineData("vault.lock")]
    public async Task A_dangling_link_in_a_new_vaults_folder_is_not_written_through(string name)
    {
        Directory.CreateDirectory(_folder.Vault, TestFolder.Private | UnixFileMode.UserExecute);
        var target = Path.Join(_folder.Root, "target");
        File.CreateSymbolicLink(_folder[name], target);
        await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault));
        Assert.False(File.Exists(target));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/.")]
    public async Task A_folder_behind_a_symbolic_link_is_refused_however_it_is_written(string ending)
    {
        await _folder.MakeAsync();
        var link = Path.Join(_folder.Root, "link");
        Directory.CreateSymbolicLink(link, _folder.Vault);
        foreach (var attempt in new Func<Task<SqliteVaultStore>>[] { () => SqliteVaultStore.OpenAsync(link + ending), () => SqliteVaultStore.CreateAsync(link + ending) })
        {
            Assert.Equal(StoreFailure.Unsafe, (await Assert.ThrowsAsync<StoreException>(attempt)).Reason);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("vault.db")]
    [InlineData("vault.sealed")]
    public async Task What_belongs_to_another_user_is_refused(string name)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a file away");
        await _folder.MakeAsync();
        using (var chown = Process.Start("chown", ["12345", name.Length == 0 ? _folder.Vault : _folder[name]]))
        {
            await chown.WaitForExitAsync();
            Assert.Equal(0, chown.ExitCode);
        }

        var error = await _folder.RefusedAsync();
        Assert.Equal(StoreFailure.Unsafe, error.Reason);
        Assert.Contains("12345", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_the_folders_place_is_refused()
    {
        await File.WriteAllTextAsync(_folder.Vault, "not a folder");
        var error = await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.CreateAsync(_folder.Vault));
        Assert.Equal(StoreFailure.Unsafe, error.Reason);
        Assert.Equal("not a folder", await File.ReadAllTextAsync(_folder.Vault));
    }

    public void Dispose() => _folder.Dispose();
}
