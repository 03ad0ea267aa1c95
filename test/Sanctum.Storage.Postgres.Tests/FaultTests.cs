using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Lost connections, a database that crashes, and somebody else who writes.</summary>
public sealed class FaultTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly RecordKey One = new(3, 1), Two = new(3, 2);

    [Fact]
    public async Task A_commit_whose_reply_is_lost_is_found_and_acknowledged()
    {
        var vault = server.NewVault();
        await using var proxy = new CuttingProxy(server.Socket);
        await using var store = await PostgresVaultStore.CreateAsync(proxy.Through(vault));
        await store.CommitAsync(Batch(1));

        proxy.Next = CuttingProxy.Cut.BeforeTheClient;
        await store.CommitAsync(Batch(2));
        await store.CommitAsync(Batch(3));

        Assert.Equal([1, 2, 3], (await Contents.LogOf(store)).Select(segment => segment.FirstSequence));
    }

    [Fact]
    public async Task A_commit_that_never_arrived_is_said_not_to_be_written_and_can_be_made_again()
    {
        var vault = server.NewVault();
        await using var proxy = new CuttingProxy(server.Socket);
        await using var store = await PostgresVaultStore.CreateAsync(proxy.Through(vault));
        await store.CommitAsync(Batch(1));

        proxy.Next = CuttingProxy.Cut.BeforeTheDatabase;
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batch(2)));
        Assert.Equal((StoreFailure.Unavailable, "the connection to the database was lost: nothing was written"), (refused.Reason, refused.Message));
        Assert.Single(await Contents.LogOf(store));

        await store.CommitAsync(Batch(2));
        Assert.Equal([1, 2], (await Contents.LogOf(store)).Select(segment => segment.FirstSequence));
    }

    [Fact]
    public async Task What_was_said_not_to_be_written_is_refused_when_it_arrives_late()
    {
        var vault = server.NewVault();
        await using var proxy = new CuttingProxy(server.Socket);
        await using var store = await PostgresVaultStore.CreateAsync(proxy.Through(vault));
        await store.CommitAsync(Batch(1));

        proxy.Next = CuttingProxy.Cut.Late;
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batch(2)));
        Assert.Equal("the connection to the database was lost: nothing was written", refused.Message);

        Assert.Contains("somebody else has written", await proxy.ArriveAsync(), StringComparison.Ordinal);
        Assert.Single(await Contents.LogOf(store));
        await store.CommitAsync(Batch(2));
        Assert.Equal([1, 2], (await Contents.LogOf(store)).Select(segment => segment.FirstSequence));
    }

    [Fact]
    public async Task A_database_that_was_rolled_back_is_left_alone_by_a_commit_whose_reply_is_lost()
    {
        var vault = server.NewVault();
        await using var proxy = new CuttingProxy(server.Socket);
        await using var store = await PostgresVaultStore.CreateAsync(proxy.Through(vault));
        await store.CommitAsync(Batch(1));
        await store.CommitAsync(Batch(2));
        await PostgresServer.SqlAsync(vault, "DELETE FROM log WHERE first_sequence = 2; UPDATE fence SET commits = 1");

        proxy.Next = CuttingProxy.Cut.BeforeTheDatabase;
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batch(3)));
        Assert.Contains("is not known yet", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await PostgresServer.SqlAsync(vault, "SELECT commits FROM fence"));
    }

    [Fact]
    public async Task A_database_that_crashes_keeps_what_it_acknowledged_and_the_store_goes_on()
    {
        await using var own = new PostgresServer();
        await own.InitializeAsync();
        var vault = own.NewVault();
        await using var store = await PostgresVaultStore.CreateAsync(vault);
        await store.CommitAsync(Batch(1));
        await own.StopAtOnceAsync();
        Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<StoreException>(() => store.SnapshotAsync())).Reason);
        await own.StartAsync();

        // The first one meets the connection that has ended.
        try
        {
            await store.CommitAsync(Batch(2));
        }
        catch (StoreException lost)
        {
            Assert.Equal("the connection to the database was lost: nothing was written", lost.Message);
            await store.CommitAsync(Batch(2));
        }

        Assert.Equal([1, 2], (await Contents.LogOf(store)).Select(segment => segment.FirstSequence));
    }

    private static StoreBatch Batch(int number) => new()
    {
        Puts = { new StoredRecord(One, number, new byte[] { (byte)number }), new StoredRecord(Two, number, new byte[] { (byte)number }) },
        Segment = new StoredSegment(number, 1, new byte[] { (byte)number }),
    };
}
