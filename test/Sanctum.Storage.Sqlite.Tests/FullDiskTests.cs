using System.Diagnostics;
using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>A full disk refuses new work and loses no old.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_database_at_its_limit_refuses_a_batch_whole_and_stays_usable()
    {
        await using var store = await _folder.MakeOpenAsync(new StoreTuning { MaxPages = 60 });
        var committed = await FillAsync(store);
        Assert.Equal(committed, (await Contents.LogOf(store)).Count);
        Assert.Equal(committed, (await Contents.RecordsOf(store)).Count);

        // Room that is freed can be used.
        var clearing = new StoreBatch();
        for (var i = 1; i <= 20; i++)
        {
            clearing.Deletes.Add(new RecordKey(1, (UInt128)i));
        }

        await store.CommitAsync(clearing);
        await store.CommitAsync(TestFolder.Batch(5000));
    }

    [Fact]
    public async Task A_full_file_system_refuses_a_batch_whole_and_takes_it_when_there_is_room()
    {
        Directory.CreateDirectory(_folder.Vault);
        Assert.SkipUnless(await MountAsync("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", _folder.Vault), "a small file system can't be mounted here");
        try
        {
            await File.WriteAllBytesAsync(_folder["ballast"], new byte[100_000]);
            await using (var store = await _folder.MakeOpenAsync())
            {
                var committed = await FillAsync(store);
                Assert.Equal(committed, (await Contents.LogOf(store)).Count);
                Assert.Equal(StoreFailure.Full, (await Assert.ThrowsAsync<StoreException>(() => store.WriteKeyDocumentAsync(new byte[60_000]))).Reason);
                Contents.Same("seal", await store.ReadKeyDocumentAsync());

                File.Delete(_folder["ballast"]);
                await store.CommitAsync(TestFolder.Batch(5000));
            }

            await using var again = await SqliteVaultStore.OpenAsync(_folder.Vault);
            Assert.NotNull(await again.ReadAsync(new RecordKey(1, 5000)));
            Contents.Same("seal", await again.ReadKeyDocumentAsync());
        }
        finally
        {
            await MountAsync("umount", _folder.Vault);
        }
    }

    /// <returns>How many batches are in.</returns>
    private static async Task<int> FillAsync(SqliteVaultStore store)
    {
        for (var i = 31; i < 2000; i++)
        {
            try
            {
                await store.CommitAsync(TestFolder.Batch(i));
            }
            catch (StoreException error)
            {
                Assert.Equal(StoreFailure.Full, error.Reason);
                Assert.Null(await store.ReadAsync(new RecordKey(1, (UInt128)i)));
                return i - 1;
            }
        }

        throw new InvalidOperationException("the disk never filled");
    }

    private static async Task<bool> MountAsync(string command, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return false;
        }

        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    public void Dispose() => _folder.Dispose();
}
