using Npgsql;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>What was removed goes from the table's file, and no commit waits for that or fails by it.</summary>
public sealed class PurgeTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Vacuums = "SELECT pg_stat_get_vacuum_count('records'::regclass)";
    private const string Waiting = "SELECT pid FROM pg_stat_activity WHERE query = 'VACUUM records' AND wait_event_type = 'Lock'";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_store_that_is_closed_waits_for_its_vacuum()
    {
        var vault = server.NewVault();
        var store = await PostgresVaultStore.CreateAsync(vault);
        Task closing;
        await using (await LockAsync(vault))
        {
            await store.CommitAsync(Batch(1)).WaitAsync(Patience);
            await UntilItWaitsAsync(vault);
            closing = store.DisposeAsync().AsTask();
            await Task.WhenAny(closing, Task.Delay(TimeSpan.FromMilliseconds(500)));
            Assert.False(closing.IsCompleted);
        }

        await closing;
        Assert.Equal(1L, await PostgresServer.SqlAsync(vault, Vacuums));
    }

    [Fact]
    public async Task A_vacuum_that_can_not_be_done_neither_delays_nor_fails_a_commit()
    {
        var vault = server.NewVault();
        await using var store = await PostgresVaultStore.CreateAsync(vault);
        await using (await LockAsync(vault))
        {
            await store.CommitAsync(Batch(1)).WaitAsync(Patience);
            await UntilItWaitsAsync(vault);

            // The next one waits for its turn, and no commit for either.
            await store.CommitAsync(Batch(2)).WaitAsync(Patience);
            await store.CommitAsync(new StoreBatch { Segment = new StoredSegment(3, 1, new byte[] { 3 }) }).WaitAsync(Patience);
            Assert.Null(store.Warning);

            Assert.Equal(true, await PostgresServer.SqlAsync(vault, $"SELECT pg_terminate_backend(pid) FROM ({Waiting}) AS waiting"));
            await SeveralVaults.UntilAsync(() => Task.FromResult(store.Warning is not null));
            Assert.Contains("until its next vacuum", store.Warning, StringComparison.Ordinal);
        }

        // What was asked for while the other was under way.
        await SeveralVaults.UntilAsync(() => Task.FromResult(store.Warning is null));
        Assert.Equal(1L, await PostgresServer.SqlAsync(vault, Vacuums));
    }

    private static async Task<NpgsqlConnection> LockAsync(string vault)
    {
        var connection = new NpgsqlConnection(vault + ";Pooling=false");
        await connection.OpenAsync();
        await using var locking = new NpgsqlCommand("BEGIN; LOCK TABLE records IN SHARE UPDATE EXCLUSIVE MODE", connection);
        await locking.ExecuteNonQueryAsync();
        return connection;
    }

    private static Task UntilItWaitsAsync(string vault) => SeveralVaults.UntilAsync(async () => await PostgresServer.SqlAsync(vault, Waiting) is not null);

    private static StoreBatch Batch(long sequence) => new() { Segment = new StoredSegment(sequence, 1, new[] { (byte)sequence }), Purge = true };
}
