namespace Sanctum.Storage.Postgres.Tests;

/// <summary>What a store opens, makes and refuses.</summary>
public sealed class OpeningTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task Where_there_is_no_vault_none_is_opened()
    {
        Assert.Equal(StoreFailure.Missing, (await RefusedAsync(() => PostgresVaultStore.OpenAsync(server.NewVault()))).Reason);
        Assert.Equal(StoreFailure.Missing, (await RefusedAsync(() => PostgresVaultStore.OpenAsync(server.NewVault() + ";Database=none"))).Reason);
    }

    [Fact]
    public async Task A_vault_is_not_made_over_another_but_over_what_was_left_unfinished()
    {
        var vault = server.NewVault();
        await using (var store = await PostgresVaultStore.CreateAsync(vault))
        {
            await store.CommitAsync(new StoreBatch { Segment = new StoredSegment(1, 1, new byte[1]) });
        }

        Assert.Contains("unfinished", (await RefusedAsync(() => PostgresVaultStore.OpenAsync(vault))).Message, StringComparison.Ordinal);
        await using (var store = await PostgresVaultStore.CreateAsync(vault))
        {
            await store.CommitAsync(new StoreBatch { Segment = new StoredSegment(1, 1, new byte[1]) });
            await store.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        Assert.Equal(StoreFailure.Exists, (await RefusedAsync(() => PostgresVaultStore.CreateAsync(vault))).Reason);
        Assert.Equal(1L, await PostgresServer.SqlAsync(vault, "SELECT count(*) FROM log"));
    }

    [Fact]
    public async Task What_is_no_vault_is_left_alone()
    {
        var vault = server.NewVault();
        await PostgresServer.SqlAsync(vault, $"CREATE SCHEMA {SchemaOf(vault)}; CREATE TABLE {SchemaOf(vault)}.records (theirs int)");

        var refused = await RefusedAsync(() => PostgresVaultStore.CreateAsync(vault));

        Assert.Equal((StoreFailure.Unsafe, true), (refused.Reason, refused.Message.Contains("Nothing was changed", StringComparison.Ordinal)));
        Assert.Equal(1L, await PostgresServer.SqlAsync(vault, "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"));
    }

    [Fact]
    public async Task Tables_of_a_later_version_are_left_alone()
    {
        var vault = server.NewVault();
        await using (var store = await PostgresVaultStore.CreateAsync(vault))
        {
            await store.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        await PostgresServer.SqlAsync(vault, $"COMMENT ON SCHEMA {SchemaOf(vault)} IS 'sanctum vault, version 999'");
        Assert.Equal(StoreFailure.NewerVersion, (await RefusedAsync(() => PostgresVaultStore.OpenAsync(vault))).Reason);
        Assert.Equal(StoreFailure.NewerVersion, (await RefusedAsync(() => PostgresVaultStore.CreateAsync(vault))).Reason);
    }

    [Fact]
    public async Task A_database_that_takes_no_changes_is_named()
    {
        var vault = server.NewVault();
        var refused = await RefusedAsync(() => PostgresVaultStore.CreateAsync(vault + ";Options=-c default_transaction_read_only=on"));
        Assert.Contains("takes no changes", refused.Message, StringComparison.Ordinal);

        await using (var store = await PostgresVaultStore.CreateAsync(vault))
        {
            await store.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        refused = await RefusedAsync(() => PostgresVaultStore.OpenAsync(vault + ";Options=-c default_transaction_read_only=on"));
        Assert.Equal((StoreFailure.Unavailable, true), (refused.Reason, refused.Message.Contains("takes no changes", StringComparison.Ordinal)));
    }

    // As a restore of some tables leaves them, or a step that somebody took by hand.
    [Theory]
    [InlineData("DROP TABLE nodes", "nodes.name")]
    [InlineData("DROP TABLE records", "records.data")]
    [InlineData("DROP TABLE log", "log.data")]
    [InlineData("DROP TABLE gone", "gone.commit")]
    [InlineData("DROP TABLE fence", "fence.commits")]
    [InlineData("DROP TABLE key_document", "key_document.data")]
    [InlineData("ALTER TABLE records DROP COLUMN commit", "records.commit")]
    [InlineData("ALTER TABLE fence DROP COLUMN forgotten", "fence.forgotten")]
    public async Task Tables_of_which_a_part_is_missing_are_named_and_left_alone(string loss, string missing)
    {
        var vault = server.NewVault();
        await using (var store = await PostgresVaultStore.CreateAsync(vault))
        {
            await store.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        await PostgresServer.SqlAsync(vault, loss);
        foreach (var open in (Func<Task>[])[() => PostgresVaultStore.OpenAsync(vault), () => PostgresVaultStore.CreateAsync(vault), () => PostgresVaultStore.UpgradeAsync(vault)])
        {
            var refused = await Assert.ThrowsAsync<StoreException>(open);
            Assert.Equal((StoreFailure.Damaged, true), (refused.Reason, refused.Message.Contains($"'{missing}' is missing", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("off", "on")]
    [InlineData("local", "on")]
    [InlineData("remote_write", "on")]
    [InlineData("remote_apply", "remote_apply")]
    public async Task A_commit_is_on_disk_also_where_the_database_would_not_wait(string asked, string used)
    {
        var vault = server.NewVault();
        await using var store = await PostgresVaultStore.CreateAsync($"{vault};Options=-c synchronous_commit={asked}");
        Assert.Equal(used, await store.SynchronousCommitAsync());
    }

    [Theory]
    [InlineData("Host=db.example;Database=x;Password=hunter2", "VerifyFull")]
    [InlineData("Host=db.example;SSL Mode=Require;Password=hunter2", "VerifyFull")]
    [InlineData("Host=127.0.0.1,db.example;Password=hunter2", "VerifyFull")]
    [InlineData("Host=127.0.0.1.example;Password=hunter2", "VerifyFull")]
    [InlineData("Database=x;Password=hunter2", "names no Host")]
    [InlineData("Host=/run;Search Path=a,b;Password=hunter2", "one schema")]
    [InlineData("Host=/run;Port=hunter2", "malformed")]
    [InlineData("Password=hunter2;nonsense", "malformed")]
    public async Task What_can_not_be_used_is_said_and_the_password_is_not(string text, string says)
    {
        var refused = await RefusedAsync(() => PostgresVaultStore.OpenAsync(text));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    private static string SchemaOf(string vault) => vault.Split("Search Path=")[1];

    private static async Task<StoreException> RefusedAsync(Func<Task<PostgresVaultStore>> open) => await Assert.ThrowsAsync<StoreException>(open);
}
