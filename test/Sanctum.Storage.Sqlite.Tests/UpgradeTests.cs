using Microsoft.Data.Sqlite;
using Sanctum.Storage.Contract;
using Sanctum.Storage.Sqlite.Database;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>An older database is brought up to date after a backup, in one step or not at all.</summary>
public sealed class UpgradeTests : IDisposable
{
    private static readonly Migration _next = new(Migration.All[^1].Version + 1, "CREATE TABLE added (a INTEGER) STRICT;");

    private readonly TestFolder _folder = new();

    [Fact]
    public void The_migrations_are_numbered_without_a_gap()
    {
        Assert.NotEmpty(Migration.All);
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Version));
    }

    [Fact]
    public async Task An_older_database_is_upgraded_and_its_backup_is_as_it_was()
    {
        await _folder.MakeAsync();
        var upgraded = new StoreTuning { Migrations = [.. Migration.All, _next] };
        await using (var store = await SqliteVaultStore.OpenAsync(_folder.Vault, upgraded))
        {
            Assert.Equal(30, (await Contents.LogOf(store)).Count);
        }

        Assert.Equal(StoreFailure.NewerVersion, (await _folder.RefusedAsync()).Reason);
        var backup = _folder[Backup.NameFor(1)];
        Assert.Equal(TestFolder.Private, File.GetUnixFileMode(backup));
        File.Move(backup, _folder.Database, overwrite: true);
        await using var restored = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(30, (await Contents.LogOf(restored)).Count);
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_database_at_its_version()
    {
        await _folder.MakeAsync();
        var failing = new StoreTuning { Migrations = [.. Migration.All, _next, new(_next.Version + 1, "INSERT INTO added VALUES ('not a number');")] };
        Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<StoreException>(() => SqliteVaultStore.OpenAsync(_folder.Vault, failing))).Reason);
        await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
        Assert.Equal(30, (await Contents.LogOf(store)).Count);
    }

    [Fact]
    public async Task Deleted_ciphertext_does_not_stay_in_the_file()
    {
        var canary = "CANARY-CANARY-CANARY-CANARY"u8.ToArray();
        await using (var store = await _folder.MakeOpenAsync())
        {
            await store.CommitAsync(new StoreBatch { Puts = { new StoredRecord(new RecordKey(9, 9), 1, canary) } });
            await store.CommitAsync(new StoreBatch { Deletes = { new RecordKey(9, 9) } });
        }

        Assert.Equal(-1, (await File.ReadAllBytesAsync(_folder.Database)).AsSpan().IndexOf(canary));
    }

    [Fact]
    public async Task The_database_is_marked_as_ours_and_its_connections_are_strict()
    {
        await _folder.MakeAsync();
        using var connection = Writer.Open(_folder.Database, StoreTuning.Default);
        Assert.Equal(Schema.ApplicationId, connection.Ask("PRAGMA application_id"));
        Assert.Equal(1L, connection.Ask("PRAGMA user_version"));
        Assert.Equal("wal", connection.Ask("PRAGMA journal_mode"));
        Assert.Equal(2L, connection.Ask("PRAGMA synchronous"));
        Assert.Equal(1L, connection.Ask("PRAGMA secure_delete"));
        Assert.Equal(0L, connection.Ask("PRAGMA trusted_schema"));
        Assert.Equal(1L, connection.Ask("PRAGMA cell_size_check"));
    }

    public void Dispose() => _folder.Dispose();
}
