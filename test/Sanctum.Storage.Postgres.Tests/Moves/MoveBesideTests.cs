using System.Diagnostics;
using System.Globalization;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Moves;

namespace Sanctum.Storage.Postgres.Tests.Moves;

/// <summary>What else is at the database while a vault moves away from it: daemons, their rows, and an upgrade.</summary>
public sealed class MoveBesideTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Ones_own_daemon_that_was_killed_is_waited_for()
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeInAsync(database);
        await AnnounceAsync(database, NameOf(vault), silentFor: 12);
        var since = Stopwatch.StartNew();
        await vault.BackAsync();
        Assert.InRange(since.Elapsed, TimeSpan.FromSeconds(2), _patience);
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.False(vault.IsInDatabase);
    }

    // Two folders that were given one name.
    [Fact]
    public async Task A_daemon_that_goes_by_the_same_name_and_is_alive_is_not_waited_for()
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeInAsync(database);
        await AnnounceAsync(database, NameOf(vault), silentFor: 0);
        using var over = new CancellationTokenSource();
        var beating = BeatAsync();
        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.BackAsync().WaitAsync(_patience));
        await over.CancelAsync();
        await beating;
        Assert.Contains($"other daemons serve this vault: {NameOf(vault)}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(MovingVault.Secret, await MovingVault.OpenInAsync(database));

        async Task BeatAsync()
        {
            while (!over.IsCancellationRequested)
            {
                await PostgresServer.SqlAsync(database, "UPDATE nodes SET seen = now()");
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Nothing_is_copied_while_another_daemon_is_there()
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeInAsync(database);
        await AnnounceAsync(database, "second", silentFor: 0);

        // Reading the log would wait for this.
        await using var log = await HeldAsync(database, "LOCK TABLE log IN ACCESS EXCLUSIVE MODE");
        var refused = await Assert.ThrowsAsync<OperatorException>(() => vault.BackAsync().WaitAsync(_patience));
        Assert.Contains("other daemons serve this vault: second", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_comes_while_the_copy_is_made_is_named_and_the_vault_stays()
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeInAsync(database);
        Task<MovedVault> moving;
        await using (await HeldAsync(database, "LOCK TABLE log IN ACCESS EXCLUSIVE MODE"))
        {
            moving = vault.BackAsync();
            await WaitForAsync(database, "log");
            await AnnounceAsync(database, "late", silentFor: 0);
        }

        var refused = await Assert.ThrowsAsync<OperatorException>(() => moving);
        Assert.Contains("other daemons serve this vault: late", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(vault.Journal));
        Assert.False(File.Exists(Path.Join(vault.Place, "vault.db")));
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.True(vault.IsInDatabase);
    }

    // It serves nobody and says nothing, as a command that stores something.
    [Fact]
    public async Task What_is_written_while_the_copy_is_made_is_not_left_behind()
    {
        var database = server.NewVault();
        await using var vault = await MovingVault.MakeInAsync(database);
        Task<MovedVault> moving;
        await using (var held = await HeldAsync(database, "SELECT FROM fence FOR UPDATE"))
        {
            moving = vault.BackAsync();
            await WaitForAsync(database, "transactionid");
            await held.RunAsync("UPDATE fence SET commits = commits + 1");
            await held.CommitAsync();
        }

        var refused = await Assert.ThrowsAsync<StoreException>(() => moving);
        Assert.Equal((StoreFailure.Conflict, true), (refused.Reason, refused.Message.Contains("not moved", StringComparison.Ordinal)));
        Assert.False(File.Exists(vault.Journal));
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
        Assert.True(vault.IsInDatabase);
    }

    // The upgrade has looked at the version and not yet written its own: a mark in between would be overwritten, and the vault would open nowhere.
    [Fact]
    public async Task An_upgrade_does_not_undo_the_mark_of_a_move()
    {
        var database = server.NewVault();
        await using (var store = await PostgresVaultStore.CreateKnowingAsync(database, 2, default))
        {
            await store.WriteKeyDocumentAsync("key"u8.ToArray());
        }

        Task<(int, int)> upgrading;
        Task leaving;
        await using (var held = await HeldAsync(database, "CREATE TABLE nodes (theirs int)"))
        {
            upgrading = PostgresVaultStore.UpgradeAsync(database);
            await WaitForAsync(database, "transactionid");
            leaving = MoveMarks.LeaveAsync(database, Guid.NewGuid(), 0, DateTimeOffset.UnixEpoch, "first", default);
            await Task.WhenAny(leaving, WaitForAsync(database, "advisory"));
        }

        Assert.Equal((2, 3), await upgrading);
        await leaving;
        Assert.Matches("^sanctum vault, moved .* to first, version 3$", (string)(await PostgresServer.SqlAsync(database, $"SELECT obj_description('{SchemaOf(database)}'::regnamespace, 'pg_namespace')"))!);
        Assert.Equal(StoreFailure.Moved, (await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.OpenAsync(database))).Reason);
        Assert.Equal(StoreFailure.Moved, (await Assert.ThrowsAsync<StoreException>(() => PostgresVaultStore.UpgradeAsync(database))).Reason);
    }

    private static string NameOf(MovingVault vault) => $"{Environment.MachineName}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(vault.Place)))[..4]}";

    private static Task AnnounceAsync(string database, string name, int silentFor) => PostgresServer.SqlAsync(
        database, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO nodes (name, version, state, started, seen) VALUES ('{name}', '1', 'unsealed', now(), now() - interval '{silentFor} seconds')"));

    private static Task<HeldTransaction> HeldAsync(string database, string sql) => HeldTransaction.BeginAsync(database, sql);

    // Until somebody waits for a lock on a table, or of a kind.
    private static Task WaitForAsync(string database, string what) => SeveralVaults.UntilAsync(
        async () => (long)(await PostgresServer.SqlAsync(database, $"SELECT count(*) FROM pg_locks WHERE NOT granted AND (locktype = '{what}' OR relation = to_regclass('{what}'))"))! > 0, _patience);

    private static string SchemaOf(string database) => database.Split("Search Path=")[1];
}
