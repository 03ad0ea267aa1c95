namespace Sanctum.Cli.Tests;

public sealed class BackupTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    private string Backup => Path.Join(_folder.Home, "backup");

    private string Elsewhere => Path.Join(_folder.Home, "elsewhere");

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        await _folder.DoAsync("store a/b", "canary-secret");
        await _folder.DoAsync($"backup {Backup}");
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task A_backup_makes_the_same_vault_elsewhere()
    {
        await _folder.DoAsync($"restore {Backup} --vault-path {Elsewhere}");

        Assert.Equal("canary-secret", await _folder.DoAsync($"get a/b --vault-path {Elsewhere}"));
        await _folder.DoAsync($"audit verify --vault-path {Elsewhere}");
    }

    [Fact]
    public void It_is_sealed_and_its_owners_alone()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
        Assert.True(File.ReadAllBytes(Backup).AsSpan().IndexOf("canary"u8) < 0);
        Assert.Empty(Directory.GetFiles(_folder.Home, "*.partial"));
    }

    [Fact]
    public async Task A_file_is_replaced_only_by_force()
    {
        File.WriteAllText(Backup, "mine");

        Assert.Equal(1, (await _folder.RunAsync($"backup {Backup}")).ExitCode);
        Assert.Equal("mine", File.ReadAllText(Backup));
        await _folder.DoAsync($"backup {Backup} --force");
        Assert.NotEqual("mine", File.ReadAllText(Backup));
    }

    [Fact]
    public async Task An_existing_vault_is_never_restored_over()
    {
        await _folder.DoAsync("store a/b", "newer");

        Assert.Equal(1, (await _folder.RunAsync($"restore {Backup}")).ExitCode);
        Assert.Equal("newer", await _folder.DoAsync("get a/b"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restore_that_fails_leaves_the_folder_as_it_was(bool isThere)
    {
        if (isThere)
        {
            Directory.CreateDirectory(Elsewhere, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.WriteAllText(Path.Join(Elsewhere, "config.json"), "{}");
        }

        var damaged = File.ReadAllBytes(Backup);
        damaged[^40] ^= 1;
        File.WriteAllBytes(Backup, damaged);

        Assert.Equal(1, (await _folder.RunAsync($"restore {Backup} --vault-path {Elsewhere}")).ExitCode);
        Assert.Equal(isThere, Directory.Exists(Elsewhere));
        Assert.True(!isThere || Directory.GetFileSystemEntries(Elsewhere) is [var only] && only.EndsWith("config.json", StringComparison.Ordinal));
    }
}
