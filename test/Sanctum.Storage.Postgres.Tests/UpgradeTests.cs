using System.Globalization;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Tables of an earlier version: served beside the programs of that version, upgraded when those are gone, and never under them.</summary>
public sealed class UpgradeTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const int Before = 2;

    private static readonly DateTimeOffset _started = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task A_program_and_one_of_the_version_before_serve_one_vault()
    {
        var vault = await MakeAsync(Before);
        await using var old = await PostgresVaultStore.OpenKnowingAsync(vault, Before, default);
        await using var store = await PostgresVaultStore.OpenAsync(vault);
        await store.CommitAsync(Batch(1));
        var seen = await old.LockAsync(new StorePosition(0, 0));
        Assert.Single(seen.Segments);
        await old.CommitAsync(Batch(2));
        Assert.Equal(2, (await store.ReadChangesAsync(new StorePosition(0, 0))).Segments.Count);

        // What the tables do not have is missing, and no error.
        await store.AnnounceAsync(new StoreNode("a", "1", "sealed", null, _started));
        Assert.Empty(await store.ReadNodesAsync());
        await store.WithdrawAsync("a");
        Assert.Contains("sanctum vault upgrade", store.Warning, StringComparison.Ordinal);
        Assert.Equal(2, await VersionAsync(vault));
    }

    [Fact]
    public async Task Tables_are_upgraded_under_running_programs_of_this_version_and_not_under_one_of_an_earlier()
    {
        var vault = await MakeAsync(Before);
        await using var store = await PostgresVaultStore.OpenAsync(vault);
        await using (await PostgresVaultStore.OpenKnowingAsync(vault, Before, default))
        {
            var refused = await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.UpgradeAsync(vault));
            Assert.Equal((StoreFailure.InUse, true), (refused.Reason, refused.Message.Contains("from this machine", StringComparison.Ordinal)));
            Assert.Equal(2, await VersionAsync(vault));
        }

        Assert.Equal((2, 3), await UpgradeAsync(vault));
        await store.CommitAsync(Batch(1));
        await store.AnnounceAsync(new StoreNode("a", "1", "sealed", null, _started));
        Assert.Single(await store.ReadNodesAsync());
        Assert.Null(store.Warning);
        Assert.Equal((3, 3), await PostgresVaultStore.UpgradeAsync(vault));

        // The earlier one does not come back.
        Assert.Equal(StoreFailure.NewerVersion, (await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.OpenKnowingAsync(vault, Before, default))).Reason);
    }

    // It was cut off, so nobody knew of it: it may not write to tables that it does not know.
    [Fact]
    public async Task A_program_of_an_earlier_version_that_comes_back_writes_nothing()
    {
        var vault = await MakeAsync(Before);
        await using var old = await PostgresVaultStore.OpenKnowingAsync(vault, Before, default);
        await PostgresServer.SqlAsync(vault, $"SELECT count(pg_terminate_backend(l.pid, 5000)) FROM pg_locks l WHERE locktype = 'advisory' AND objid = {Before}");
        Assert.Equal((2, 3), await UpgradeAsync(vault));

        // It learns of the cut by the first, and connects again for the second.
        await Assert.ThrowsAsync<StoreException>(() => old.CommitAsync(Batch(1)));
        await Assert.ThrowsAsync<StoreException>(() => old.CommitAsync(Batch(1)));
        Assert.Equal(0L, await PostgresServer.SqlAsync(vault, "SELECT count(*) FROM log"));
    }

    [Fact]
    public async Task Two_at_once_are_one_upgrade()
    {
        var vault = await MakeAsync(Before);
        var both = await Task.WhenAll(PostgresVaultStore.UpgradeAsync(vault), PostgresVaultStore.UpgradeAsync(vault));
        Assert.Equal([(2, 3), (3, 3)], both.Order());
    }

    [Fact]
    public async Task Another_vault_in_the_same_database_is_not_waited_for()
    {
        var (vault, other) = (await MakeAsync(Before), await MakeAsync(Before));
        await using var theirs = await PostgresVaultStore.OpenKnowingAsync(other, Before, default);
        Assert.Equal((2, 3), await PostgresVaultStore.UpgradeAsync(vault));
    }

    [Fact]
    public async Task A_step_that_fails_changes_nothing()
    {
        var vault = await MakeAsync(Before);
        await PostgresServer.SqlAsync(vault, "CREATE TABLE nodes (theirs int)");
        await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.UpgradeAsync(vault));
        Assert.Equal(2, await VersionAsync(vault));
    }

    [Fact]
    public async Task Tables_that_are_too_old_to_be_served_are_upgraded_first()
    {
        var vault = await MakeAsync(1);
        var refused = await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.OpenAsync(vault));
        Assert.Equal((StoreFailure.OlderVersion, true), (refused.Reason, refused.Message.Contains("sanctum vault upgrade", StringComparison.Ordinal)));
        Assert.Equal((1, 3), await PostgresVaultStore.UpgradeAsync(vault));
        await using var store = await PostgresVaultStore.OpenAsync(vault);
        await store.CommitAsync(Batch(1));
    }

    [Fact]
    public async Task Without_a_vault_or_with_a_later_one_nothing_is_upgraded()
    {
        Assert.Equal(StoreFailure.Missing, (await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.UpgradeAsync(server.NewVault()))).Reason);
        var vault = await MakeAsync(3);
        await PostgresServer.SqlAsync(vault, $"COMMENT ON SCHEMA {SchemaOf(vault)} IS 'sanctum vault, version 999'");
        Assert.Equal(StoreFailure.NewerVersion, (await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.UpgradeAsync(vault))).Reason);
    }

    private async Task<string> MakeAsync(int known)
    {
        var vault = server.NewVault();
        if (known == 1)
        {
            // As the first build made them: the store could do more from the second on.
            var step = Path.Join(Repository(), "src", "Sanctum.Storage.Postgres", "Migrations", "0001_first.sql");
            await PostgresServer.SqlAsync(vault, $"CREATE SCHEMA {SchemaOf(vault)}; {await File.ReadAllTextAsync(step)} COMMENT ON SCHEMA {SchemaOf(vault)} IS 'sanctum vault, version 1'; INSERT INTO key_document VALUES (true, 'key')");
            return vault;
        }

        await using var store = await PostgresVaultStore.CreateKnowingAsync(vault, known, default);
        await store.WriteKeyDocumentAsync("key"u8.ToArray());
        return vault;
    }

    // The database notices a moment later that a connection was closed.
    private static async Task<(int Before, int Now)> UpgradeAsync(string vault)
    {
        for (var patience = DateTime.UtcNow.AddSeconds(20); ; await Task.Delay(50))
        {
            try
            {
                return await PostgresVaultStore.UpgradeAsync(vault);
            }
            catch (StoreException e) when (e.Reason == StoreFailure.InUse && DateTime.UtcNow < patience)
            {
                continue;
            }
        }
    }

    private static async Task<int> VersionAsync(string vault) => int.Parse(
        ((string)(await PostgresServer.SqlAsync(vault, $"SELECT obj_description('{SchemaOf(vault)}'::regnamespace, 'pg_namespace')"))!).Split(' ')[^1], CultureInfo.InvariantCulture);

    private static StoreBatch Batch(long sequence) => new() { Segment = new StoredSegment(sequence, 1, new byte[10]) };

    private static string SchemaOf(string vault) => vault.Split("Search Path=")[1];

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Join(folder.FullName, "Sanctum.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
